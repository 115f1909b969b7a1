import type { Check } from '../check.ts'
import { claimsOf } from '../claims.ts'
import { type Evidence, LEASE_MS, type TaskEvidence } from '../evidence.ts'
import { type FaultSeen, lastedUntil } from '../storm.ts'

/** A lease that was just renewed has this much left at the least: it is renewed three times in its life. */
const LEAST_LEFT_MS = LEASE_MS / 2
/** Between the clocks of the store and of whoever looks, and for the way. */
const SLACK_MS = 100

/** One at a time: a lease is honoured. */
export const takeover: Check = {
  name: 'takeover',
  promise: 'a running task is taken over only when its lease is out, because its worker was hit',
  judge: (evidence) => ({
    looked: `${evidence.tasks.reduce((sum, task) => sum + takeoversOf(task).length, 0)} takeovers`,
    problems: evidence.tasks.flatMap((task) =>
      problemsOf(task, evidence).map((says) => ({ taskId: task.taskId, says: `${task.label} ${says}` })),
    ),
  }),
}

/** Claims of a task that somebody else had in hand. */
const takeoversOf = (task: TaskEvidence) =>
  claimsOf(task).flatMap((claim, place, claims) => {
    const before = claims[place - 1]
    return before && before.letGoAt === undefined ? [{ claim, before }] : []
  })

function problemsOf(task: TaskEvidence, { processes, faults }: Evidence): string[] {
  return takeoversOf(task).flatMap(({ claim, before }) => {
    const heldMs = claim.at - before.at
    if (heldMs < LEASE_MS - SLACK_MS) return [`was taken over ${heldMs} ms after it had been claimed`]
    // While a task is paused nobody takes it over whose worker was lost.
    const pausedAt = task.events.find(({ type, at }) => type === 'paused' && at > before.at)?.at ?? claim.at
    const lostAt = Math.min(pausedAt, claim.at)
    const pid = processes.find(({ worker }) => worker === before.worker)?.pid
    // One that ran alone ends with its worker, and which that is nobody outside knows.
    const isOfHolder = (fault: FaultSeen) =>
      pid === undefined ? fault.planned.kind === 'kill-worker' : fault.pid === pid
    const isHit = (fault: FaultSeen) =>
      (isOfHolder(fault) || isLongLoss(fault)) &&
      fault.at <= claim.at - LEAST_LEFT_MS &&
      lastedUntil(fault) >= lostAt - LEASE_MS - SLACK_MS
    return faults.some(isHit) ? [] : [`was taken over from a worker (process ${pid}) that nothing had happened to`]
  })
}

/** A store that was away for less is there again before any lease is out. */
const isLongLoss = (fault: FaultSeen): boolean =>
  fault.planned.kind.endsWith('-store') && lastedUntil(fault) - fault.at >= LEAST_LEFT_MS
