import type { Program } from '../project/program.ts'
import type { TaskEvidence } from '../src/evidence.ts'
import type { EffectSeen } from '../src/recorder.ts'
import { at, toEvents, toolResult, value } from './evidence-parts.ts'

export const FIRST_ID = 'aa-good-first-bcdefghijk'
export const RETRY_ID = 'aa-good-retry-bcdefghijk'

const PROGRAM: Program = [
  { do: 'step', key: 's1', inDoubt: 'repeat', ms: 10 },
  { do: 'step', key: 's2', inDoubt: 'repeat', ms: 10 },
]
const RESULT = toolResult({ values: [21, 22] })

const done = (receipt: number, step: string, taskId: string, ms: number): EffectSeen => ({
  ...{ receipt, step, taskId, label: 'task-4', activation: `of ${taskId}`, pid: 102, ms: 10, failures: 0 },
  ...{ idempotencyKey: `${FIRST_ID}/${step}`, begunAt: at(ms), endedAt: at(ms), repliedAt: at(ms + 10) },
})

/** A task that was cancelled when it had taken one of its two steps. */
const FIRST: TaskEvidence = {
  taskId: FIRST_ID,
  origin: FIRST_ID,
  label: 'task-4',
  planned: {
    label: 'task-4',
    person: 0,
    isSubmittedTwice: false,
    kind: 'program',
    tool: 'repeatable',
    program: PROGRAM,
  },
  seen: { taskId: FIRST_ID, person: 0, statuses: ['cancelled'], cancel: { toldAt: at(50_101) } },
  answers: [],
  activations: [],
  effects: [done(21, 's1', FIRST_ID, 50_020)],
  status: 'cancelled',
  outcome: { kind: 'cancelled', reason: 'Cancelled by request.' },
  journal: [value(50_030, 's1', 'step', 21)],
  budget: undefined,
  openWaits: [],
  events: toEvents([
    [50_000, 'created'],
    [50_010, 'claimed', { worker: 'w2' }],
    [50_100, 'finished', { status: 'cancelled' }],
  ]),
}

/** And its retry, which takes the other one. */
export const GOOD_RETRY: readonly TaskEvidence[] = [
  FIRST,
  {
    ...FIRST,
    taskId: RETRY_ID,
    follows: { how: 'retry', taskId: FIRST_ID, isFromStart: false },
    before: FIRST,
    seen: { taskId: RETRY_ID, person: 0, statuses: ['completed'], told: { result: RESULT } },
    effects: [done(22, 's2', RETRY_ID, 51_020)],
    status: 'completed',
    outcome: { kind: 'result', result: RESULT },
    journal: [...FIRST.journal, value(51_030, 's2', 'step', 22)],
    events: toEvents([
      [51_000, 'created'],
      [51_010, 'claimed', { worker: 'w2' }],
      [51_100, 'finished', { status: 'completed' }],
    ]),
  },
]
