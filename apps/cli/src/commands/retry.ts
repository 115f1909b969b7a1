import { withEngine } from '../with-engine.ts'

/** Makes a new task of one that failed or was cancelled, and prints its id. @throws LonghaulError */
export async function retryTask(taskId: string): Promise<void> {
  const { id } = await withEngine((engine, operator) => engine.retry(operator, taskId))
  console.log(id)
}
