import type { EnginePorts } from './ports.ts'

/** Says "go on". The task is committed by now, so a queue that does not answer is no failure (invariant 2). */
export async function wake(
  { wakeUps, onWakeUpLost }: Pick<EnginePorts, 'wakeUps' | 'onWakeUpLost'>,
  taskId: string,
  queue: string,
): Promise<void> {
  try {
    await wakeUps.wake([{ taskId, queue }])
  } catch (error) {
    onWakeUpLost(taskId, error)
  }
}
