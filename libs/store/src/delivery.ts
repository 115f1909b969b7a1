import type { Settings } from '@longhaul/task'
import type { Connection } from './connection.ts'
import { taskKeys } from './keys.ts'

/** `task`: a stream that waits for this one task. `session`: one that shows whatever its session has to answer. */
export type StreamKind = 'task' | 'session'

/**
 * Which stream shows which open question. Each showing goes to exactly one stream and has a number of its own; a
 * stream that is not heard of for `deliveryLeaseMs` loses what it had shown.
 */
export class Delivery {
  readonly #connection: Connection
  readonly #leaseMs: number

  constructor(connection: Connection, settings: Settings) {
    this.#connection = connection
    this.#leaseMs = settings.deliveryLeaseMs
  }

  /** Keeps what the stream has shown; a stream of the task is known to be open from now on. False when it is over. */
  async attend(taskId: string, stream: string, kind: StreamKind): Promise<boolean> {
    const { record, delivery } = taskKeys(taskId)
    const args = [stream, kind, this.#leaseMs]
    return (await this.#connection.call({ script: 'attend', keys: [record, delivery], args })) === 1
  }

  /** Whether a stream of the task is open, and whether any of its questions is shown. */
  async look(taskId: string): Promise<{ readonly isAttended: boolean; readonly isShown: boolean }> {
    const fields = await this.#connection.send((redis) => redis.hgetall(taskKeys(taskId).delivery))
    const now = Date.now()
    const hasLive = (prefix: string) =>
      Object.entries(fields).some(([field, value]) => field.startsWith(prefix) && Number(value.split(' ').at(-1)) > now)
    return { isAttended: hasLive('stream:'), isShown: hasLive('shown:') }
  }

  /** Gives up what the stream has shown; others are told to look. */
  async leave(taskId: string, stream: string): Promise<void> {
    const { record, delivery } = taskKeys(taskId)
    await this.#connection.call({ script: 'leave', keys: [record, delivery], args: [taskId, stream] })
  }

  /** The number of the showing, from 1, or undefined when the question is not this stream's to show. */
  async claim(taskId: string, key: string, stream: string, kind: StreamKind): Promise<number | undefined> {
    const { waits, delivery } = taskKeys(taskId)
    const args = [key, stream, kind, this.#leaseMs]
    const attempt = Number(await this.#connection.call({ script: 'show', keys: [waits, delivery], args }))
    return attempt > 0 ? attempt : undefined
  }
}
