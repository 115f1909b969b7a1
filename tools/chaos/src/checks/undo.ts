import { bookKey, KEEP_KEY, undoKey } from '../bookings.ts'
import type { Check } from '../check.ts'
import type { Evidence, TaskEvidence } from '../evidence.ts'
import { effectsOf } from '../succession.ts'

/** All or nothing. */
export const undo: Check = {
  name: 'undo',
  promise:
    'what a workflow did is undone exactly as often as it was done where it failed or was cancelled, and never else; once it is over it begins nothing',
  judge: (evidence) => {
    const workflows = evidence.tasks.filter(
      ({ planned, follows }) => planned.kind === 'workflow' && follows?.how !== 'undo',
    )
    const failed = workflows.filter((workflow) => !isKept(workflow))
    const cancelled = workflows.filter(({ status }) => status === 'cancelled')
    return {
      looked: `${workflows.length} workflows, ${failed.length} of them not kept, ${cancelled.length} cancelled, ${undosIn(evidence).length} tasks to undo one`,
      problems: workflows.flatMap((workflow) =>
        problemsOf(workflow, evidence).map((says) => ({ taskId: workflow.taskId, says: `${workflow.label} ${says}` })),
      ),
    }
  },
}

const undosIn = ({ tasks }: Evidence): readonly TaskEvidence[] => tasks.filter(({ follows }) => follows?.how === 'undo')

/** Whether what the workflow did stays: somebody has agreed to it, or all of it is done that is never undone. */
export function isKept({ planned, journal }: Pick<TaskEvidence, 'planned' | 'journal'>): boolean {
  if (planned.kind === 'workflow' && planned.tool === 'visits')
    return planned.bookings.every((_, place) =>
      journal.some(({ type, key }) => type === 'value' && key === bookKey(place)),
    )
  return journal.some(
    (entry) =>
      entry.key === KEEP_KEY && entry.type === 'value' && JSON.stringify(entry.value).includes('"decision":"approve"'),
  )
}

function problemsOf(workflow: TaskEvidence, evidence: Evidence): string[] {
  const { planned, outcome } = workflow
  if (planned.kind !== 'workflow') return []
  const hasSucceeded = outcome?.kind === 'result' && outcome.result.isError !== true
  const isFromOutside = outcome?.kind !== 'result'
  return [
    ...planned.bookings.flatMap((_, place) => problemsOfBooking(workflow, place, evidence)),
    ...begunAfterEnd(workflow, evidence),
    ...(hasSucceeded && !isKept(workflow) ? ['has succeeded, and nobody agreed'] : []),
    ...(!hasSucceeded && isKept(workflow) && !isFromOutside ? ['has failed, and somebody agreed'] : []),
  ]
}

function problemsOfBooking(workflow: TaskEvidence, place: number, evidence: Evidence): string[] {
  const { taskId, outcome, planned } = workflow
  const key = bookKey(place)
  const calls = below([taskId], key, evidence)
  const done = timesDone(calls)
  const undoers = undosIn(evidence).flatMap(({ follows, taskId: id }) => (follows?.taskId === taskId ? [id] : []))
  const undone = timesDone(below([taskId, ...undoers], undoKey(place), evidence))
  // What was under way when a workflow is ended, and is ended with it, has to see to itself.
  const wasOver = outcome?.kind === 'result' || calls.some(({ status }) => status === 'completed')
  const isUndoable = planned.kind === 'workflow' && planned.tool === 'bookings'
  const isFinal = outcome?.kind === 'result' && isKept(workflow)
  const due = isUndoable && wasOver && !isFinal ? done : 0
  return undone === due ? [] : [`did ${key} ${done} times, ${due} of them to be undone, and undid it ${undone} times`]
}

const below = (parents: readonly string[], step: string, { tasks }: Evidence): readonly TaskEvidence[] =>
  tasks.filter(({ calledBy }) => calledBy?.step === step && parents.includes(calledBy.taskId))

/** By the clock of the store, of which the script is that ended it. */
function begunAfterEnd({ taskId, events }: TaskEvidence, { tasks }: Evidence): string[] {
  const endedAt = events.find(({ type }) => type === 'finished')?.at ?? Number.POSITIVE_INFINITY
  const late = tasks.filter(
    ({ calledBy, events: [created] }) => calledBy?.taskId === taskId && (created?.at ?? 0) > endedAt,
  )
  return late.map(({ calledBy }) => `called ${calledBy?.step} after its end`)
}

/** How often the world has had an effect that came to its end: for it all attempts under one idempotency key are one. */
const timesDone = (tasks: readonly TaskEvidence[]): number =>
  new Set(
    tasks.flatMap((task) =>
      effectsOf(task).flatMap(({ idempotencyKey, repliedAt, hasFailed }) =>
        idempotencyKey !== undefined && repliedAt !== undefined && !hasFailed ? idempotencyKey : [],
      ),
    ),
  ).size
