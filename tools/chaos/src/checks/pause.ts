import type { Check, Problem } from '../check.ts'
import type { Evidence } from '../evidence.ts'
import type { PauseSeen } from '../interventions.ts'
import { begunDespite, isWithin } from '../stop.ts'

/** Stop means stop. */
export const pause: Check = {
  name: 'pause',
  promise:
    'while a task is paused nobody takes it, or one below it, and nothing begins there that its worker could help',
  judge: (evidence) => {
    const { pauses, faults } = evidence
    const outlasted = pauses.filter((one) => faults.some(({ at }) => isWithin(at, one)))
    return {
      looked: `${pauses.length} pauses, faults in ${outlasted.length} of them`,
      problems: pauses.flatMap((one) => [
        ...problemsOf(one, evidence),
        ...begunDespite({ ...one, how: 'paused' }, evidence),
      ]),
    }
  },
}

function problemsOf({ taskId, resumedAt }: PauseSeen, { tasks }: Evidence): Problem[] {
  const { label, events = [] } = tasks.find((task) => task.taskId === taskId) ?? {}
  const isOnRecord = events.some(({ type }) => type === 'paused')
  return [
    ...(isOnRecord ? [] : [`${label} was paused by its client, and has no event of it`]),
    ...(resumedAt === undefined ? [`${label} was paused, and never resumed`] : []),
  ].map((says) => ({ taskId, says }))
}
