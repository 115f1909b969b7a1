import { type BudgetEntry, type BudgetState, childTaskId } from '@longhaul/task'
import type { Program } from '../project/program.ts'
import { ELDER_PROGRAM, NEW, OLD, type Policy } from '../src/elders.ts'
import type { Evidence, TaskEvidence } from '../src/evidence.ts'
import type { PlannedFault } from '../src/plan.ts'
import type { EffectSeen } from '../src/recorder.ts'
import { SHORT } from '../src/sizes.ts'
import { at, intent, toEvents, toolResult, value } from './evidence-parts.ts'
import { AGENT_ID, GOOD_AGENT, SAID } from './good-agent.ts'
import { FIRST_ID, GOOD_RETRY, RETRY_ID } from './good-retry.ts'
import { AGAIN_ID, FLOW_ID, GOOD_WORKFLOW, UNDO_ID } from './good-workflow.ts'

const TASK_ID = 'aa-good-task-abcdefghijk'

const PROGRAM: Program = [
  { do: 'step', key: 's1', inDoubt: 'ask', ms: 100 },
  {
    do: 'parallel',
    branches: [[{ do: 'step', key: 's2', inDoubt: 'repeat', ms: 100 }], [{ do: 'elicit', key: 'q3' }]],
  },
  {
    do: 'inside',
    key: 'i4',
    program: [
      { do: 'post', key: 'p5', ms: 100 },
      { do: 'sleep', key: 'z6', ms: 50 },
    ],
  },
  { do: 'child', key: 'c7', tool: 'repeatable', program: [{ do: 'step', key: 's8', inDoubt: 'repeat', ms: 50 }] },
]
const CHILD_ID = childTaskId(TASK_ID, 'c7')

const calls = (toolCalls: number) => ({ tokens: 0, nanoUsd: 0, turns: 0, toolCalls })
const spends = (kind: 'reserve' | 'settle', step: string, toolCalls: number): BudgetEntry => ({
  ...{ kind, at: at(8400), task: TASK_ID, step },
  ...calls(toolCalls),
})

/** What the child that `c7` calls comes to. */
const CHILD_RESULT = toolResult({ values: [5] })
const RESULT = toolResult({ values: [2, [[3], ['tea']], [4], [5]] })
const ALLOWED = { action: 'accept', content: { decision: 'repeat' } }
const WORD = { action: 'accept', content: { word: 'tea' } }

export const effect = (receipt: number, step: string, changed: Partial<EffectSeen> = {}): EffectSeen => ({
  receipt,
  step,
  taskId: TASK_ID,
  label: 'task-1',
  activation: 'second',
  pid: 102,
  ms: 100,
  failures: 0,
  begunAt: at(8000 + receipt),
  endedAt: at(8000 + receipt),
  repliedAt: at(8100 + receipt),
  ...(step.includes('p') ? {} : { idempotencyKey: `${TASK_ID}/${step}` }),
  ...changed,
})

/**
 * A task whose first worker was killed in the middle of `s1`, which was allowed to be done again, and which came to its
 * end with the second one.
 */
const GOOD_TASK: TaskEvidence = {
  taskId: TASK_ID,
  origin: TASK_ID,
  label: 'task-1',
  planned: {
    label: 'task-1',
    person: 0,
    isSubmittedTwice: true,
    kind: 'program',
    tool: 'repeatable',
    program: PROGRAM,
    budget: { toolCalls: 3, atLimit: 'ask' },
  },
  seen: { taskId: TASK_ID, person: 0, statuses: ['working', 'input_required', 'completed'], told: { result: RESULT } },
  answers: [
    { taskId: TASK_ID, key: 's1!1', at: at(7000), answer: ALLOWED },
    { taskId: TASK_ID, key: 'q3', at: at(7500), answer: WORD },
  ],
  activations: [
    { taskId: TASK_ID, label: 'task-1', activation: 'first', pid: 101, at: at(20) },
    { taskId: TASK_ID, label: 'task-1', activation: 'second', pid: 102, at: at(6520) },
  ],
  effects: [
    effect(1, 's1', { activation: 'first', pid: 101, begunAt: at(30), endedAt: at(30), repliedAt: undefined as never }),
    effect(2, 's1'),
    effect(3, 's2'),
    effect(4, 'i4/p5'),
  ],
  status: 'completed',
  outcome: { kind: 'result', result: RESULT },
  journal: [
    intent(25, 's1', 'step', 1),
    value(7000, 's1!1', 'question', ALLOWED),
    intent(7001, 's1', 'step', 2),
    value(8200, 's1', 'step', 2),
    value(8300, 's2', 'step', 3),
    value(8400, 'q3', 'question', WORD),
    intent(8401, 'i4/p5', 'tool', 1),
    value(8500, 'i4/p5', 'tool', toolResult({ receipt: 4 })),
    value(8600, 'i4/z6', 'sleep', null),
    value(8700, 'i4', 'tool', toolResult({ values: [4] })),
    value(8750, 'c7', 'child', CHILD_RESULT),
  ],
  budget: {
    used: calls(3),
    held: calls(0),
    ledger: [
      spends('reserve', 'i4', 1),
      spends('reserve', 'i4/p5', 1),
      spends('settle', 'i4/p5', 1),
      spends('settle', 'i4', 1),
      spends('reserve', 'c7', 1),
      spends('settle', 'c7', 1),
    ],
  },
  openWaits: [],
  events: toEvents([
    [0, 'created'],
    [10, 'claimed', { worker: 'w1' }],
    [26, 'log'],
    [6500, 'claimed', { worker: 'w2' }],
    [6600, 'asked', { status: 'input_required', keys: ['s1!1'] }],
    [7000, 'resolved', { status: 'working', key: 's1!1' }],
    [7100, 'progress', { progress: { progress: 1 } }],
    [7200, 'asked', { status: 'input_required', keys: ['q3'] }],
    [8400, 'resolved', { status: 'working', key: 'q3' }],
    [8500, 'progress', { progress: { progress: 2 } }],
    [8800, 'finished', { status: 'completed' }],
  ]),
}

/** Its child, which nothing happens to. */
const GOOD_CHILD: TaskEvidence = {
  taskId: CHILD_ID,
  origin: CHILD_ID,
  label: 'task-1:c7',
  planned: {
    label: 'task-1:c7',
    person: 0,
    isSubmittedTwice: false,
    kind: 'program',
    tool: 'repeatable',
    program: [{ do: 'step', key: 's8', inDoubt: 'repeat', ms: 50 }],
  },
  seen: { taskId: CHILD_ID, person: 0, statuses: [] },
  calledBy: { taskId: TASK_ID, step: 'c7', root: TASK_ID },
  answers: [],
  activations: [{ taskId: CHILD_ID, label: 'task-1:c7', activation: 'of child', pid: 102, at: at(8710) }],
  effects: [
    effect(5, 's8', {
      taskId: CHILD_ID,
      label: 'task-1:c7',
      activation: 'of child',
      idempotencyKey: `${CHILD_ID}/s8`,
      begunAt: at(8720),
      endedAt: at(8730),
      repliedAt: at(8730),
    }),
  ],
  status: 'completed',
  outcome: { kind: 'result', result: CHILD_RESULT },
  journal: [value(8730, 's8', 'step', 5)],
  budget: undefined,
  openWaits: [],
  events: toEvents([
    [8702, 'created'],
    [8705, 'claimed', { worker: 'w2' }],
    [8740, 'finished', { status: 'completed' }],
  ]),
}

export const fault = (kind: PlannedFault['kind'], pid: number, ms: number, phase: PlannedFault['phase'] = 'storm') => ({
  planned: { kind, phase, gapMs: 0, forMs: 0, pick: 0 },
  at: at(ms),
  endedAt: at(ms + 1000),
  victim: 'worker 1',
  pid,
  interrupted: [1],
})

/** What every check has nothing against. A test changes one thing. */
export const goodEvidence = (): Evidence =>
  structuredClone<Evidence>({
    size: {
      ...SHORT,
      elders: 0,
      shortLived: 1,
      atLeast: { killsAndFreezes: 1, interrupting: 1, interruptedSteps: 1, storeRestarts: 1, refusedWrites: 1 },
    },
    tasks: [GOOD_TASK, GOOD_CHILD, ...GOOD_WORKFLOW, GOOD_AGENT, ...GOOD_RETRY],
    pauses: [{ taskId: FLOW_ID, toldAt: at(30_231), resumedAt: at(30_289) }],
    steers: [{ taskId: AGENT_ID, message: SAID }],
    strangers: [],
    submissions: [
      { label: 'task-1', taskIds: [TASK_ID, TASK_ID] },
      { label: 'task-2', taskIds: [FLOW_ID] },
      { label: 'task-3', taskIds: [AGENT_ID] },
      { label: 'task-4', taskIds: [FIRST_ID] },
    ],
    faults: [
      fault('kill-worker', 101, 1000, 'calm'),
      { ...fault('drain-worker', 102, 8004), interrupted: [3, 4] },
      fault('restart-store', -1, 20_000),
    ],
    processes: [
      { role: 'worker', name: 'worker 1', pid: 101, worker: 'w1', startedAt: at(-1000), version: OLD },
      { role: 'worker', name: 'worker 2', pid: 102, worker: 'w2', startedAt: at(-1000), version: NEW },
    ],
    refusedWrites: 1,
    losses: 0,
    keyProblems: [],
    exits: [{ name: 'worker 2', code: 0 }],
    shortLived: { tasks: 1, remains: [] },
    clientProblems: [],
  })

type Changed = (task: TaskEvidence) => Partial<TaskEvidence>

/** The same with something changed in its task. */
export const withTask = (changed: Changed): Evidence => withChanged(TASK_ID, changed)
/** The same with something changed in the child of that. */
export const withChild = (changed: Changed): Evidence => withChanged(CHILD_ID, changed)

export function withChanged(taskId: string, changed: Changed): Evidence {
  const evidence = goodEvidence()
  const tasks = evidence.tasks.map((task) => (task.taskId === taskId ? { ...task, ...changed(task) } : task))
  return { ...evidence, tasks }
}

/** The same with a task whose first step was done by the old code, and one after that by who has this process. */
export const withElder = (policy: Policy, pid: number, changed: Partial<TaskEvidence> = {}): Evidence =>
  withTask(({ planned: { label, person, isSubmittedTwice }, journal }) => ({
    planned: { label, person, isSubmittedTwice, kind: 'program', tool: `elder_${policy}`, program: ELDER_PROGRAM },
    effects: [effect(1, 's1', { pid: 101 }), effect(2, 's3', { pid })],
    journal: [...journal, value(8000, '!code!1', 'question', { content: { decision: 'continue' } })].slice(
      0,
      policy === 'ask' ? undefined : -1,
    ),
    ...changed,
  }))

/** The same with something changed in a task below its workflow. */
export const withCalled = (step: string, changed: Changed): Evidence => withChanged(childTaskId(FLOW_ID, step), changed)
/** The same with its ledger changed, and what that comes to. */
export const withBudget = (changed: (ledger: readonly BudgetEntry[]) => Partial<BudgetState>): Evidence =>
  withTask(({ budget }) => ({ budget: budget && { ...budget, ...changed(budget.ledger) } }))

export { AGAIN_ID, AGENT_ID, at, calls, FLOW_ID, intent, RETRY_ID, spends, UNDO_ID, value }
