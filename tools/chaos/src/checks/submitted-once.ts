import type { Check, Problem } from '../check.ts'

/** However often a client has to send it. */
export const submittedOnce: Check = {
  name: 'submitted once',
  promise: 'each submission under a key makes exactly one task',
  judge: ({ tasks, submissions }) => {
    const first = tasks.filter(({ follows }) => !follows)
    const made = Map.groupBy(first, ({ label }) => label)
    return {
      looked: `${submissions.length} submissions`,
      problems: submissions.flatMap(({ label, taskIds }): Problem[] => {
        const told = new Set(taskIds)
        const { length: times } = made.get(label) ?? []
        const [taskId = ''] = told
        if (told.size !== 1) return [{ says: `the client of ${label} was told of ${told.size} tasks`, taskId }]
        return times === 1 ? [] : [{ says: `${label} was made ${times} times`, taskId }]
      }),
    }
  },
}
