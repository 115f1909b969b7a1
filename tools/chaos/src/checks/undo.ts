import { bookKey, KEEP_KEY, undoKey } from '../bookings.ts'
import type { Check } from '../check.ts'
import type { Evidence, TaskEvidence } from '../evidence.ts'

/** All or nothing. */
export const undo: Check = {
  name: 'undo',
  promise: 'what a workflow did is undone exactly as often as it was done where it failed, and never where it did not',
  judge: (evidence) => {
    const workflows = evidence.tasks.filter(({ planned }) => planned.kind === 'workflow')
    const failed = workflows.filter((workflow) => !isKept(workflow))
    return {
      looked: `${workflows.length} workflows, ${failed.length} of them undone`,
      problems: workflows.flatMap((workflow) =>
        problemsOf(workflow, evidence).map((says) => ({ taskId: workflow.taskId, says: `${workflow.label} ${says}` })),
      ),
    }
  },
}

/** Whether somebody has agreed to what the workflow did. */
export const isKept = ({ journal }: Pick<TaskEvidence, 'journal'>): boolean =>
  journal.some(
    (entry) =>
      entry.key === KEEP_KEY && entry.type === 'value' && JSON.stringify(entry.value).includes('"decision":"approve"'),
  )

function problemsOf(workflow: TaskEvidence, { tasks }: Evidence): string[] {
  const { taskId, planned, outcome } = workflow
  if (planned.kind !== 'workflow') return []
  const hasSucceeded = outcome?.kind === 'result' && outcome.result.isError !== true
  const below = (step: string) => tasks.filter(({ calledBy }) => calledBy?.taskId === taskId && calledBy.step === step)
  const problems = planned.bookings.flatMap((_, place) => {
    const done = timesDone(below(bookKey(place)))
    const undone = timesDone(below(undoKey(place)))
    const due = isKept(workflow) ? 0 : done
    return undone === due ? [] : [`did ${bookKey(place)} ${done} times, and undid it ${undone} times`]
  })
  if (hasSucceeded === isKept(workflow)) return problems
  return [hasSucceeded ? 'has succeeded, and nobody agreed' : 'has failed, and somebody agreed', ...problems]
}

/** How often the world has had an effect that came to its end: for it all attempts under one idempotency key are one. */
const timesDone = (tasks: readonly TaskEvidence[]): number =>
  new Set(
    tasks.flatMap(({ effects }) =>
      effects.flatMap(({ idempotencyKey, repliedAt, hasFailed }) =>
        idempotencyKey !== undefined && repliedAt !== undefined && !hasFailed ? idempotencyKey : [],
      ),
    ),
  ).size
