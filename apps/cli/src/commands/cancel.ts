import type { Where } from '../installation/find-installation.ts'
import { withClient } from '../tasks/with-client.ts'

/** Ends a task for good, with all that it called. @throws Error that says what to do */
export async function cancelTask(taskId: string, options: Where & { readonly reason?: string }): Promise<void> {
  const { status } = await withClient(options, (client) => client.cancel(taskId, options.reason))
  console.log(status)
}
