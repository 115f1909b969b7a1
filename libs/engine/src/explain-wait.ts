import { lacksWorker, type Task } from '@longhaul/task'
import type { EnginePorts } from './ports.ts'

/** The task, with why nobody goes on with it where no worker lives that could: a sweeper says so only where some live. */
export async function explainWait<T extends Task>({ workers }: EnginePorts, task: T): Promise<T> {
  if (!workers || task.status !== 'working' || task.isSuspended || task.pausedAt !== undefined) return task
  const live = await workers.live().catch(() => undefined)
  const { queue } = task.head
  if (!live || live.some(({ queues }) => queues.includes(queue))) return task
  return { ...task, statusMessage: lacksWorker(queue) }
}
