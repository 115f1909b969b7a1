import { childTaskId, undoTaskId } from '@longhaul/task'
import type { Program } from '../project/program.ts'
import { bookKey, KEEP_KEY, TAKE_BACK, undoKey } from '../src/bookings.ts'
import type { TaskEvidence } from '../src/evidence.ts'
import { at, toEvents, toolResult, value } from './evidence-parts.ts'

export const FLOW_ID = 'aa-good-flow-abcdefghijk'
export const AGAIN_ID = 'aa-good-again-bcdefghijk'
export const UNDO_ID = undoTaskId(AGAIN_ID)
const BOOKING: Program = [{ do: 'step', key: 's1', inDoubt: 'repeat', ms: 100 }]
const DENIED = { action: 'accept', content: { decision: 'deny' } }
const FAILURE = { content: [{ type: 'text' as const, text: "The workflow 'bookings' failed." }], isError: true }

const FLOW: TaskEvidence = {
  taskId: FLOW_ID,
  origin: FLOW_ID,
  label: 'task-2',
  planned: {
    label: 'task-2',
    person: 0,
    isSubmittedTwice: false,
    kind: 'workflow',
    tool: 'bookings',
    bookings: [BOOKING, BOOKING],
  },
  seen: { taskId: FLOW_ID, person: 0, statuses: ['working', 'failed'], told: { result: FAILURE } },
  answers: [{ taskId: FLOW_ID, key: KEEP_KEY, at: at(30_300), answer: DENIED }],
  activations: [],
  effects: [],
  status: 'completed',
  outcome: { kind: 'result', result: FAILURE },
  journal: [
    value(30_100, bookKey(0), 'child', toolResult({ values: [11] })),
    value(30_200, bookKey(1), 'child', toolResult({ values: [12] })),
    value(30_300, KEEP_KEY, 'question', DENIED),
    value(30_400, undoKey(1), 'child', toolResult({ values: [13] })),
    value(30_500, undoKey(0), 'child', toolResult({ values: [14] })),
  ],
  budget: undefined,
  openWaits: [],
  events: toEvents([
    [30_000, 'created'],
    [30_010, 'claimed', { worker: 'w2' }],
    [30_020, 'suspended'],
    [30_210, 'claimed', { worker: 'w2' }],
    [30_220, 'asked', { status: 'input_required', keys: [KEEP_KEY] }],
    [30_230, 'paused'],
    [30_290, 'resumed'],
    [30_300, 'resolved', { status: 'working', key: KEEP_KEY }],
    [30_600, 'finished', { status: 'completed' }],
  ]),
}

interface Called {
  readonly step: string
  readonly receipt: number
  readonly ms: number
  readonly program: Program
  /** Absent: the first of the workflows. */
  readonly parent?: string
}

/** One that a workflow calls, which comes to its end at once. */
function called({ step, receipt, ms, program, parent = FLOW_ID }: Called): TaskEvidence {
  const taskId = childTaskId(parent, step)
  const label = `task-2:${step}`
  const begun = { taskId, label, activation: `of ${taskId}`, pid: 102 }
  const [begunAt, endedAt] = [at(ms), at(ms + 10)]
  return {
    taskId,
    origin: taskId,
    label,
    planned: { label, person: 0, isSubmittedTwice: false, kind: 'program', tool: 'repeatable', program },
    seen: { taskId, person: 0, statuses: [] },
    calledBy: { taskId: parent, step, root: parent },
    answers: [],
    activations: [{ ...begun, at: begunAt }],
    effects: [
      {
        ...{ ...begun, receipt, step: 's1', ms: 10, failures: 0, idempotencyKey: `${taskId}/s1` },
        ...{ begunAt, endedAt, repliedAt: endedAt },
      },
    ],
    status: 'completed',
    outcome: { kind: 'result', result: toolResult({ values: [receipt] }) },
    journal: [value(ms + 10, 's1', 'step', receipt)],
    budget: undefined,
    openWaits: [],
    events: toEvents([
      [ms - 2, 'created'],
      [ms - 1, 'claimed', { worker: 'w2' }],
      [ms + 20, 'finished', { status: 'completed' }],
    ]),
  }
}

/** It is retried from the start, and cancelled when it has made one booking. */
const AGAIN: TaskEvidence = {
  ...FLOW,
  taskId: AGAIN_ID,
  origin: AGAIN_ID,
  follows: { how: 'retry', taskId: FLOW_ID, isFromStart: true },
  before: FLOW,
  seen: { taskId: AGAIN_ID, person: 0, statuses: ['working', 'cancelled'], cancel: { toldAt: at(31_201) } },
  answers: [],
  status: 'cancelled',
  outcome: { kind: 'cancelled', reason: 'Cancelled by request.' },
  journal: [value(31_100, bookKey(0), 'child', toolResult({ values: [15] }))],
  events: toEvents([
    [31_000, 'created'],
    [31_010, 'claimed', { worker: 'w2' }],
    [31_200, 'finished', { status: 'cancelled' }],
  ]),
}

/** Which that undoes. */
const UNDO: TaskEvidence = {
  ...AGAIN,
  taskId: UNDO_ID,
  follows: { how: 'undo', taskId: AGAIN_ID, isFromStart: false },
  before: AGAIN,
  seen: { taskId: UNDO_ID, person: 0, statuses: ['working', 'completed'], told: { result: FAILURE } },
  status: 'completed',
  outcome: { kind: 'result', result: FAILURE },
  journal: [...AGAIN.journal, value(31_500, undoKey(0), 'child', toolResult({ values: [16] }))],
  events: toEvents([
    [31_210, 'created'],
    [31_220, 'claimed', { worker: 'w2' }],
    [31_600, 'finished', { status: 'completed' }],
  ]),
}

/** A workflow whose two bookings are not kept, and are taken back, the last first; and what comes after it. */
export const GOOD_WORKFLOW: readonly TaskEvidence[] = [
  FLOW,
  called({ step: bookKey(0), receipt: 11, ms: 30_050, program: BOOKING }),
  called({ step: bookKey(1), receipt: 12, ms: 30_150, program: BOOKING }),
  called({ step: undoKey(1), receipt: 13, ms: 30_350, program: TAKE_BACK }),
  called({ step: undoKey(0), receipt: 14, ms: 30_450, program: TAKE_BACK }),
  AGAIN,
  called({ step: bookKey(0), receipt: 15, ms: 31_050, program: BOOKING, parent: AGAIN_ID }),
  UNDO,
  called({ step: undoKey(0), receipt: 16, ms: 31_400, program: TAKE_BACK, parent: UNDO_ID }),
]
