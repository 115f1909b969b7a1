import type { Program } from '../../project/program.ts'
import type { Check } from '../check.ts'
import { type Evidence, isInTreeOf, type TaskEvidence } from '../evidence.ts'
import type { PauseSeen } from '../interventions.ts'
import type { PlannedTask } from '../plan.ts'
import type { EffectSeen } from '../recorder.ts'
import { type FaultSeen, lastedUntil } from '../storm.ts'

/** Time that a worker to which nothing happens has to hear of it. */
const HEARD_WITHIN_MS = 1500
/** Time that it takes a worker to be itself again after it was hit. */
const REST_MS = 3000

/** Stop means stop. */
export const pause: Check = {
  name: 'pause',
  promise:
    'while a task is paused nobody takes it, or one below it, and nothing begins there that its worker could help',
  judge: (evidence) => {
    const { pauses } = evidence
    const outlasted = pauses.filter((one) => evidence.faults.some((fault) => isWithin(fault.at, one)))
    return {
      looked: `${pauses.length} pauses, faults in ${outlasted.length} of them`,
      problems: pauses.flatMap((one) =>
        evidence.tasks
          .filter((task) => isInTreeOf(task, one.taskId, evidence))
          .flatMap((task) =>
            problemsOf(task, one, evidence).map((says) => ({ taskId: task.taskId, says: `${task.label} ${says}` })),
          ),
      ),
    }
  },
}

function problemsOf(task: TaskEvidence, one: PauseSeen, evidence: Evidence): string[] {
  const { events, effects, taskId } = task
  const claims = events.filter(({ type, at }) => type === 'claimed' && isWithin(at, one))
  const begun = effects.filter((effect) => isWithin(effect.begunAt, one) && mustHaveHeard(effect, one, task, evidence))
  const isHeld = taskId !== one.taskId || events.some(({ type }) => type === 'paused')
  return [
    ...(isHeld ? [] : ['was paused by its client, and has no event of it']),
    ...(one.resumedAt === undefined ? ['was paused, and never resumed'] : []),
    ...claims.map(({ at }) => `was taken ${at - one.toldAt} ms after it was paused`),
    ...begun.map(
      ({ step, receipt, begunAt }) =>
        `${step} was begun (receipt ${receipt}) ${begunAt - one.toldAt} ms after it was paused`,
    ),
  ]
}

const isWithin = (at: number, { toldAt, resumedAt = Number.POSITIVE_INFINITY }: PauseSeen): boolean =>
  at > toldAt && at < resumedAt

/**
 * Whether who began the effect knew of the pause: where steps come one after the other, since what the one before came to
 * was saved after it; else since that was long ago, and nothing had happened to the worker.
 */
function mustHaveHeard(
  { activation, pid, begunAt }: EffectSeen,
  { toldAt }: PauseSeen,
  { planned, effects }: TaskEvidence,
  { faults }: Evidence,
): boolean {
  const hasSaved = effects.some(
    (one) => one.activation === activation && one.repliedAt !== undefined && isBetween(one.repliedAt, toldAt, begunAt),
  )
  if (hasSaved && isSequence(planned)) return true
  const keepsFromHearing = (fault: FaultSeen) =>
    (fault.pid === pid || fault.planned.kind.endsWith('-store')) &&
    fault.at <= begunAt &&
    lastedUntil(fault) + REST_MS >= toldAt
  return begunAt > toldAt + HEARD_WITHIN_MS && !faults.some(keepsFromHearing)
}

const isBetween = (at: number, from: number, to: number): boolean => at > from && at <= to

const isSequence = (planned: PlannedTask): boolean => planned.kind === 'program' && !hasBranches(planned.program)

const hasBranches = (program: Program): boolean =>
  program.some((one) => one.do === 'parallel' || (one.do === 'inside' && hasBranches(one.program)))
