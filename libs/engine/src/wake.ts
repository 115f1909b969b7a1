import { type TaskHead, toWakeUp } from '@longhaul/task'
import type { EnginePorts } from './ports.ts'

/** Says "go on". The task is committed by now, so a queue that does not answer is no failure (invariant 2). */
export async function wake(
  { wakeUps, onWakeUpLost }: Pick<EnginePorts, 'wakeUps' | 'onWakeUpLost'>,
  taskId: string,
  head: Pick<TaskHead, 'queue' | 'priority'>,
): Promise<void> {
  try {
    await wakeUps.wake([toWakeUp(taskId, head)])
  } catch (error) {
    onWakeUpLost(taskId, error)
  }
}
