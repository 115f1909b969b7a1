import { lacksWorker, type Task } from '@longhaul/task'
import type { EnginePorts } from './ports.ts'

/** The task, with why nobody goes on with it where no worker lives that could: a sweeper says so only where some live. */
export async function explainWait<T extends Task>({ workers }: EnginePorts, task: T): Promise<T> {
  if (!workers || task.status !== 'working' || task.isSuspended || task.pausedAt !== undefined) return task
  const live = await workers.live().catch(() => undefined)
  if (!live) return task
  const { queue } = task.head
  const reason = lacksWorker(queue)
  if (!live.some(({ queues }) => queues.includes(queue))) return { ...task, statusMessage: reason }
  if (task.statusMessage !== reason) return task
  // A sweeper said so before somebody came: now the task waits for its turn.
  const { statusMessage: _, ...rest } = task
  return rest as T
}
