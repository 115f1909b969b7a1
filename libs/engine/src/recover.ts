import {
  type DueStore,
  type LiveWorker,
  lacksTool,
  lacksWorker,
  outcomeAtDeadline,
  type Settled,
  type TaskStore,
  toWakeUp,
  type WakeUp,
  type WakeUps,
  type WorkerRegistry,
} from '@longhaul/task'
import { closeUp } from './close-up.ts'

export interface SweepPorts {
  readonly due: DueStore
  readonly store: TaskStore
  readonly wakeUps: WakeUps
  readonly workers: WorkerRegistry
}

/** Due tasks of one partition that are looked at in one go. */
const PER_PARTITION = 200

/**
 * Does what is owed to every task whose time has come (invariant 7): lost wake-ups and expired leases, timers and
 * deadlines, removals. Correct when several processes do it at once.
 * @returns how many tasks it did something about
 * @throws what kept it from that for one of them, when all others have what they are owed
 */
export async function sweep(ports: SweepPorts): Promise<number> {
  let total = 0
  for (;;) {
    const { looked, done } = await sweepOnce(ports)
    total += done
    // With less there is no partition of which more may be due.
    if (looked < PER_PARTITION || done === 0) return total
  }
}

async function sweepOnce({ due, store, wakeUps, workers }: SweepPorts): Promise<{ looked: number; done: number }> {
  const now = Date.now()
  const ids = await due.due(now, PER_PARTITION)
  if (ids.length === 0) return { looked: 0, done: 0 }
  const settled = await due.settle(ids)
  const live = settled.some(({ kind }) => kind === 'wake') ? await workers.live() : []
  // What cannot be done for one task is due again, and keeps no other from what it is owed.
  const all = await Promise.allSettled(settled.map((one) => wakeUpFor({ due, store, wakeUps, live }, one, now)))
  const list = all.flatMap((one) => (one.status === 'fulfilled' && one.value ? [one.value] : []))
  if (list.length > 0) await wakeUps.wake(list)
  const failed = all.find(({ status }) => status === 'rejected')
  if (failed?.status === 'rejected') throw failed.reason
  return { looked: ids.length, done: settled.length }
}

async function wakeUpFor(
  ports: Pick<SweepPorts, 'due' | 'store' | 'wakeUps'> & { readonly live: readonly LiveWorker[] },
  settled: Settled,
  now: number,
): Promise<WakeUp | undefined> {
  if (settled.kind === 'removed' || settled.kind === 'timed_out') return undefined
  const { taskId } = settled
  if (settled.kind === 'owing') {
    await closeUp(ports, taskId)
    return undefined
  }
  if (settled.kind === 'wake') return (await isRefusedByAll(ports, settled)) ? undefined : toWakeUp(taskId, settled)
  const { waits, ancestors } = settled
  const expired = waits.filter(({ deadline }) => deadline <= now)
  const answers = await Promise.all(
    expired.map((wait) => ports.store.resolve(taskId, outcomeAtDeadline(wait, now), ancestors)),
  )
  if (answers.includes('wake')) return toWakeUp(taskId, settled)
  if (expired.length === 0 && waits.length > 0)
    await ports.due.defer(taskId, Math.min(...waits.map(({ deadline }) => deadline)))
  return undefined
}

/**
 * Whether every worker that would take the task could only hand it back, so that it is of no use to wake one. Says in
 * the task why nobody goes on with it; where nobody serves its queue the wake-up waits there for somebody.
 */
async function isRefusedByAll(
  { due, live }: { readonly due: DueStore; readonly live: readonly LiveWorker[] },
  { taskId, queue, tool, isPinned }: Extract<Settled, { kind: 'wake' }>,
): Promise<boolean> {
  const serving = live.filter(({ queues }) => queues.includes(queue))
  if (isPinned ? serving.length > 0 : serving.some(({ tools }) => tools.includes(tool))) return false
  const isAwaited = serving.length === 0
  await due.stall(taskId, { reason: isAwaited ? lacksWorker(queue) : lacksTool(tool), isAwaited })
  return !isAwaited
}
