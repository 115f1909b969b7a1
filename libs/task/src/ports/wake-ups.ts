import type { TaskHead } from '../task.ts'

/** "Go on with this task." */
export interface WakeUp {
  readonly taskId: string
  readonly queue: string
  /** As in the task's head. */
  readonly priority?: number
}

export const toWakeUp = (taskId: string, { queue, priority }: Pick<TaskHead, 'queue' | 'priority'>): WakeUp => ({
  taskId,
  queue,
  ...(priority !== undefined && { priority }),
})

/** The one way to say it. It may come twice, and it may be lost: the sweeper adds it again. */
export interface WakeUps {
  wake(wakeUps: readonly WakeUp[]): Promise<void>
}
