import type { TaskEvent } from '@longhaul/task'
import type { Where } from '../installation/find-installation.ts'
import { complain, print } from '../printable.ts'
import { followTask } from '../tasks/follow-task.ts'
import { describeEvent } from '../tasks/render-event.ts'
import { withClient } from '../tasks/with-client.ts'

export interface LogsOptions extends Where {
  readonly follow?: boolean
  readonly json?: boolean
}

/** Prints what happened in a task, as far as it is kept: lines for people, or one JSON object a line. */
export async function printLogs(taskId: string, options: LogsOptions): Promise<void> {
  const tell = (events: readonly TaskEvent[]) => {
    for (const event of events)
      print(options.json ? JSON.stringify(event) : `${new Date(event.at).toISOString()}  ${describeEvent(event)}`)
  }
  await withClient(options, async (client) => {
    if (!options.follow) return tell(await client.events(taskId, 0))
    const stop = new AbortController()
    process.once('SIGINT', () => stop.abort())
    const how = { signal: stop.signal, onAway: complain }
    for await (const { events } of followTask(client, taskId, how)) tell(events)
  })
}
