import type { WakeUp, WakeUps } from '@longhaul/task'
import { type ConnectionOptions, type JobsOptions, Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { type OpenConnection, openConnection, type QueueConnection } from './connection.ts'
import { within } from './within.ts'

/** One hash tag for all queues; `Queue` and `Worker` must agree on it. */
export const QUEUE_PREFIX = '{lh:queue}'
const WAKE_UP = 'advance'

/**
 * `keepLastIfActive`: a wake-up during a run yields one more run, never two at once. No `jobId` (lost on such a second
 * run, taskforcesh/bullmq#4030), and never `delay`, `attempts` or `backoff`: a wake-up that waits for its time swallows
 * every later one. Timers and retries live in the store's `due`.
 */
const wakeUpOptions = ({ taskId, priority = 0 }: WakeUp): JobsOptions => ({
  deduplication: { id: taskId, keepLastIfActive: true },
  removeOnComplete: true,
  removeOnFail: true,
  // Those without one come before all that have one, and take the shorter way.
  ...(priority > 0 && { priority }),
})

/**
 * BullMQ itself waits for a store that has never been there, or that takes commands and does not answer. No setting: a
 * wake-up that was given up is added by the sweeper.
 */
const TAKEN_WITHIN_MS = 2000
/** Time that a store which does not answer may delay the end of this process. */
const CLOSE_WITHIN_MS = 1000

/** Every wake-up passes through `wake`. Queues are opened at their first use. */
export class BullWakeUps implements WakeUps {
  readonly #connection: QueueConnection
  readonly #client: Redis | undefined
  readonly #queues = new Map<string, Queue>()
  readonly #opened: OpenConnection[] = []

  /** @param client of the same store, over which wake-ups go then, in order with what else it sends. Left open */
  constructor(connection: QueueConnection, client?: Redis) {
    this.#connection = connection
    this.#client = client
  }

  /** @throws Error when `whenAway` is `fail` and the store does not take them within two seconds */
  async wake(wakeUps: readonly WakeUp[]): Promise<void> {
    const added = this.#add(wakeUps)
    if (this.#connection.whenAway === 'wait') await added
    else await within(TAKEN_WITHIN_MS, `The queue did not take the wake-up within ${TAKEN_WITHIN_MS} ms.`, added)
  }

  /** Those of a queue that wait, and those that a worker has in hand. @throws Error of the store */
  async count(queue: string): Promise<{ readonly waiting: number; readonly active: number }> {
    const {
      wait = 0,
      prioritized = 0,
      active = 0,
    } = await this.#queue(queue).getJobCounts('wait', 'prioritized', 'active')
    return { waiting: wait + prioritized, active }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => this.#close(queue)))
    for (const { end } of this.#opened) end()
  }

  async #add(wakeUps: readonly WakeUp[]): Promise<void> {
    const [only, ...more] = wakeUps
    if (only && more.length === 0) {
      await this.#queue(only.queue).add(WAKE_UP, { taskId: only.taskId }, wakeUpOptions(only))
      return
    }
    const byQueue = Map.groupBy(wakeUps, ({ queue }) => queue)
    await Promise.all(
      [...byQueue].map(([queue, group]) =>
        this.#queue(queue).addBulk(
          group.map((wakeUp) => ({ name: WAKE_UP, data: { taskId: wakeUp.taskId }, opts: wakeUpOptions(wakeUp) })),
        ),
      ),
    )
  }

  #queue(name: string): Queue {
    const known = this.#queues.get(name)
    if (known) return known
    const queue = new Queue(name, {
      connection: this.#client ?? this.#open(),
      prefix: QUEUE_PREFIX,
      skipMetasUpdate: true,
    })
    queue.on('error', () => {}) // The caller of `wake` hears of it; the connection's owner reports the outage.
    this.#queues.set(name, queue)
    // One that began on a client that had just given up stays as it is; the next one may not.
    queue.waitUntilReady().catch(() => this.#queues.delete(name))
    return queue
  }

  #open(): ConnectionOptions {
    const opened = openConnection(this.#connection)
    this.#opened.push(opened)
    return opened.connection
  }

  async #close(queue: Queue): Promise<void> {
    const closed = within(CLOSE_WITHIN_MS, '', queue.close())
    await closed.catch(() => {
      // A client that was lent is not ours to end.
      if (!this.#client) void queue.disconnect().catch(() => {})
    })
  }
}
