import type { Check } from '../check.ts'
import type { TaskEvidence } from '../evidence.ts'
import { begunDespite, type Stop } from '../stop.ts'

/** Over means over. */
export const cancel: Check = {
  name: 'cancel',
  promise:
    'once a client was told that its task is cancelled nobody takes it, or one below it, and nothing begins there that its worker could help',
  judge: (evidence) => {
    const stops = evidence.tasks.flatMap(toStop)
    return {
      looked: `${stops.length} tasks`,
      problems: stops.flatMap((stop) => begunDespite(stop, evidence)),
    }
  },
}

function toStop({ taskId, seen }: TaskEvidence): readonly Stop[] {
  const toldAt = seen.cancel?.toldAt
  return toldAt === undefined ? [] : [{ taskId, toldAt, how: 'cancelled' }]
}
