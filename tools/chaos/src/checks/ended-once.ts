import { isTerminal } from '@longhaul/task'
import type { Check, Problem } from '../check.ts'
import type { TaskEvidence } from '../evidence.ts'

/** A task that is over stays so. */
export const endedOnce: Check = {
  name: 'ended once',
  promise: 'each task ends exactly once, and nothing happens to it after that',
  judge: ({ tasks }) => ({
    looked: `${tasks.length} tasks`,
    problems: tasks.flatMap((task) =>
      problemsOf(task).map((says): Problem => ({ taskId: task.taskId, says: `${task.label} ${says}` })),
    ),
  }),
}

function problemsOf({ events, seen, calledBy, status, outcome }: TaskEvidence): string[] {
  if (!isTerminal(status)) return [`has not ended: it is ${status}`]
  const problems: string[] = []
  const ends = events.filter(({ type }) => type === 'finished').length
  if (ends !== 1) problems.push(`was finished ${ends} times`)
  const last = events.at(-1)
  if (last?.type !== 'finished') problems.push(`goes on after its end: ${last?.type}`)
  if (outcome === undefined) problems.push(`is ${status} and has no outcome`)

  const first = seen.statuses.findIndex((shown) => ['completed', 'failed', 'cancelled'].includes(shown))
  const after = first < 0 ? [] : seen.statuses.slice(first + 1)
  if (after.length > 0) problems.push(`was ${seen.statuses[first]}, and then ${after.join(', ')}`)
  const isCancelled = status === 'cancelled'
  // One that was called ends with its caller, which is judged by itself.
  if (isCancelled && !seen.cancel && !calledBy) problems.push('is cancelled, and nobody asked for that')
  if (!isCancelled && seen.cancel?.toldAt !== undefined)
    problems.push(`is ${status}, and its client was told that it is cancelled`)
  return problems
}
