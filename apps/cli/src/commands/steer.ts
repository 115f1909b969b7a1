import type { Where } from '../installation/find-installation.ts'
import { withClient } from '../tasks/with-client.ts'

/** Sends a message to the model of a task. @throws Error that says what to do */
export async function steerTask(taskId: string, words: readonly string[], options: Where): Promise<void> {
  await withClient(options, (client) => client.steer(taskId, words.join(' ')))
  console.error('Sent: the next call of its model contains it.')
}
