import type { Check } from '../check.ts'
import { claimsOf, claimsOfActivations } from '../claims.ts'
import type { Evidence, TaskEvidence } from '../evidence.ts'
import { outcomesOf, receiptOf } from '../expected-result.ts'
import type { EffectSeen } from '../recorder.ts'
import type { FaultSeen } from '../storm.ts'

/** Longer than any effect takes, and shorter than the grace. */
const WITHIN_MS = 5000

/** A new version can be rolled out at any time. */
export const drain: Check = {
  name: 'drain',
  promise: 'a worker that is asked to end lets the steps that it has begun come to their end, and their values count',
  judge: (evidence) => {
    const drains = evidence.faults.filter(
      (fault) => fault.planned.kind === 'drain-worker' && !isDisturbed(fault, evidence),
    )
    const drainedAt = new Map(drains.flatMap(({ at, interrupted }) => interrupted.map((receipt) => [receipt, at])))
    return {
      looked: `${drains.length} drains of workers in the middle of ${drainedAt.size} effects`,
      problems: evidence.tasks
        .filter(({ status }) => status === 'completed')
        .flatMap((task) => {
          const { taskId, label, effects, journal } = task
          return effects
            .filter(({ receipt, hasFailed }) => drainedAt.has(receipt) && !hasFailed)
            .filter((effect) => !wasTakenOver(effect, task, drainedAt.get(effect.receipt) ?? 0, evidence))
            .flatMap(({ step, receipt }) => {
              const outcome = outcomesOf(journal).get(step)
              // The task itself is such a step: its result is another check's.
              if (step === '!run' || (outcome && receiptOf(outcome) === receipt)) return []
              return [
                {
                  taskId,
                  says: `${label} ${step} was done (receipt ${receipt}) while its worker was drained, and does not count`,
                },
              ]
            })
        }),
    }
  },
}

/** A worker that was frozen may still do what another one has in hand by then. */
function wasTakenOver({ activation }: EffectSeen, task: TaskEvidence, by: number, { processes }: Evidence): boolean {
  const last = claimsOfActivations(task, processes).get(activation)?.last ?? 0
  return claimsOf(task).some(({ number, at }) => number > last && at < by)
}

/** Without the store a worker cannot say what its steps came to. */
const isDisturbed = ({ at }: FaultSeen, { faults }: Evidence): boolean =>
  faults.some(
    ({ planned, at: other, endedAt = at }) =>
      planned.kind.endsWith('-store') && other < at + WITHIN_MS && endedAt + WITHIN_MS > at,
  )
