import type { Where } from '../installation/find-installation.ts'
import { print } from '../printable.ts'
import { renderTask } from '../tasks/render-task.ts'
import { withClient } from '../tasks/with-client.ts'

/** Prints how a task stands. @throws Error that says what to do */
export async function getTask(taskId: string, options: Where & { readonly json?: boolean }): Promise<void> {
  const task = await withClient(options, (client) => client.get(taskId))
  print(options.json ? JSON.stringify(task) : renderTask(task))
}
