import type { Where } from '../installation/find-installation.ts'
import { print } from '../printable.ts'
import { withClient } from '../tasks/with-client.ts'

/** Stops a task at its next step, with all that it called, and prints how it stands. @throws Error that says what to do */
export async function pauseTask(taskId: string, options: Where): Promise<void> {
  const { statusMessage, status } = await withClient(options, (client) => client.pause(taskId))
  print(statusMessage ?? status)
}

/** Lets a paused task go on, with all that it called. @throws Error that says what to do */
export async function resumeTask(taskId: string, options: Where): Promise<void> {
  const { status } = await withClient(options, (client) => client.resume(taskId))
  console.log(status)
}
