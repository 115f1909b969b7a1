import type { JournalEntry, JsonObject } from '@longhaul/task'
import type { TaskEvidence } from '../src/evidence.ts'
import { at, toEvents, value } from './evidence-parts.ts'

export const AGENT_ID = 'aa-good-agent-bcdefghijk'
export const SAID = '<task-3 once>'

const turn = (...texts: readonly string[]): JsonObject => ({
  ...{ role: 'assistant', model: 'script', stopReason: 'endTurn' },
  content: texts.map((text) => ({ type: 'text', text })),
})
const FIRST = turn('I heard .')
const SECOND = turn('I heard .', `I was told ${SAID}`)
const RESULT = {
  content: [
    { type: 'text' as const, text: 'I heard .' },
    { type: 'text' as const, text: `I was told ${SAID}` },
  ],
}
const ofSteer = { input: '', at: at(40_100) } as const
const JOURNAL: readonly JournalEntry[] = [
  value(40_020, 'plan', 'step', {}),
  { ...ofSteer, type: 'steered', key: 'steer!1', kind: 'steer', text: SAID },
  value(40_200, 'm1', 'model', FIRST),
  // It waited for room in its budget, also for the turn that it takes because of what was said.
  value(40_250, 'm2!b1', 'budget', { isOver: true }),
  { ...ofSteer, type: 'taken', key: 'm2', kind: 'model', steers: ['steer!1'] },
  value(40_300, 'm2', 'model', SECOND),
]

/** An agent that calls nothing, to whom something is said before it has ended. */
export const GOOD_AGENT: TaskEvidence = {
  taskId: AGENT_ID,
  origin: AGENT_ID,
  label: 'task-3',
  planned: {
    ...{ label: 'task-3', person: 0, isSubmittedTwice: false, kind: 'agent', tool: 'caller_agent' },
    script: { label: 'task-3', turns: [] },
  },
  seen: { taskId: AGENT_ID, person: 0, statuses: ['completed'], told: { result: RESULT } },
  answers: [
    { taskId: AGENT_ID, key: 'm1', at: at(40_200), answer: FIRST },
    { taskId: AGENT_ID, key: 'm2', at: at(40_300), answer: SECOND },
  ],
  activations: [],
  effects: [],
  status: 'completed',
  outcome: { kind: 'result', result: RESULT },
  journal: JOURNAL,
  budget: undefined,
  openWaits: [],
  events: toEvents([
    [40_000, 'created'],
    [40_010, 'claimed', { worker: 'w2' }],
    [40_030, 'asked', { status: 'input_required', keys: ['m1'] }],
    [40_100, 'steered'],
    [40_200, 'resolved', { status: 'working', key: 'm1' }],
    [40_210, 'asked', { status: 'input_required', keys: ['m2'] }],
    [40_300, 'resolved', { status: 'working', key: 'm2' }],
    [40_400, 'finished', { status: 'completed' }],
  ]),
}
