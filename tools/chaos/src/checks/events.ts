import type { Check } from '../check.ts'
import type { TaskEvidence } from '../evidence.ts'

/** Who follows a task misses nothing. */
export const events: Check = {
  name: 'events',
  promise: "a task's events are numbered without gaps, and its progress only rises",
  judge: ({ tasks }) => ({
    looked: `${tasks.reduce((sum, task) => sum + task.events.length, 0)} events`,
    problems: tasks.flatMap((task) =>
      problemsOf(task).map((says) => ({ taskId: task.taskId, says: `${task.label} ${says}` })),
    ),
  }),
}

function problemsOf({ events }: TaskEvidence): string[] {
  const problems: string[] = []
  const gap = events.findIndex(({ seq }, place) => seq !== place + 1)
  if (gap >= 0) problems.push(`has the event ${events[gap]?.seq} in place ${gap + 1}`)
  const progress = events.flatMap((event) => (event.type === 'progress' ? event.progress.progress : []))
  if (progress.some((value, place) => value <= (progress[place - 1] ?? Number.NEGATIVE_INFINITY))) {
    problems.push(`has progress ${progress.join(', ')}`)
  }
  return problems
}
