import type { TaskEvent } from '@longhaul/task'
import type { Connection } from './connection.ts'
import { taskKeys } from './keys.ts'

/** Newest events of a partition among which those of one task are looked for. */
const MOST_LOOKED_AT = 500

/** The events of tasks, as long as their partition keeps them. */
export class EventLog {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Events of the task whose numbers are more than `after`, in order; older ones may be gone. */
  async read(taskId: string, after: number): Promise<readonly TaskEvent[]> {
    const { events } = taskKeys(taskId)
    const rows = await this.#connection.send((redis) => redis.xrevrange(events, '+', '-', 'COUNT', MOST_LOOKED_AT))
    return rows
      .toReversed()
      .filter(([, [, id]]) => id === taskId)
      .map(([, [, , , event = '']]) => JSON.parse(event) as TaskEvent)
      .filter(({ seq }) => seq > after)
  }
}
