import type { Where } from '../installation/find-installation.ts'
import { withClient } from '../tasks/with-client.ts'

/** Makes a new task of one that failed or was cancelled, and prints its id. @throws Error that says what to do */
export async function retryTask(taskId: string, options: Where): Promise<void> {
  const { taskId: id } = await withClient(options, (client) => client.retry(taskId))
  console.log(id)
}
