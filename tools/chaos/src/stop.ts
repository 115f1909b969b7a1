import type { Program } from '../project/program.ts'
import type { Problem } from './check.ts'
import { type Evidence, isInTreeOf, type TaskEvidence } from './evidence.ts'
import type { PlannedTask } from './plan.ts'
import type { EffectSeen } from './recorder.ts'
import { type FaultSeen, lastedUntil } from './storm.ts'

/** Time that a worker to which nothing happens has to hear of it. */
const HEARD_WITHIN_MS = 1500
/** Time that it takes a worker to be itself again after it was hit. */
const REST_MS = 3000

/** A task was stopped, with all below it. Times are those of its client, in Unix ms. */
export interface Stop {
  readonly taskId: string
  /** The client was told so. */
  readonly toldAt: number
  /** It was to go on again; absent: never. */
  readonly resumedAt?: number
  /** `paused`, for example. */
  readonly how: string
}

/** What was taken or begun although it was stopped, in all tasks that were. */
export const begunDespite = (stop: Stop, evidence: Evidence): readonly Problem[] =>
  evidence.tasks
    .filter((task) => isInTreeOf(task, stop.taskId, evidence))
    .flatMap((task) =>
      problemsOf(task, stop, evidence).map((says) => ({ taskId: task.taskId, says: `${task.label} ${says}` })),
    )

function problemsOf(task: TaskEvidence, stop: Stop, evidence: Evidence): string[] {
  const { events, effects } = task
  const { how, toldAt } = stop
  const claims = events.filter(({ type, at }) => type === 'claimed' && isWithin(at, stop))
  const begun = effects.filter(
    (effect) => isWithin(effect.begunAt, stop) && mustHaveHeard(effect, stop, task, evidence),
  )
  return [
    ...claims.map(({ at }) => `was taken ${at - toldAt} ms after it was ${how}`),
    ...begun.map(
      ({ step, receipt, begunAt }) =>
        `${step} was begun (receipt ${receipt}) ${begunAt - toldAt} ms after it was ${how}`,
    ),
  ]
}

export const isWithin = (at: number, { toldAt, resumedAt = Number.POSITIVE_INFINITY }: Omit<Stop, 'how'>): boolean =>
  at > toldAt && at < resumedAt

/**
 * Whether who began the effect knew of it: where steps come one after the other, since what the one before came to
 * was saved after it; else since that was long ago, and nothing had happened to the worker.
 */
function mustHaveHeard(
  { activation, pid, begunAt }: EffectSeen,
  { toldAt }: Stop,
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
