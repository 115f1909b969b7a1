import { allPartitions, type OpenTasks } from '@longhaul/task'
import type { Connection } from './connection.ts'
import { OPEN_TASKS, openKey } from './keys.ts'

/** How often a sweeper counts, and how often who asks for the count reads it again. */
const COUNT_EVERY_MS = 5000
const READ_EVERY_MS = 2000
/** A count that nobody renews is none any more. */
const KEPT_MS = 60_000

/** The sweeper's side: counts what is open in all partitions. */
export class OpenTaskCounter {
  readonly #connection: Connection
  #countedAt = Number.NEGATIVE_INFINITY

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** To be called as often as one likes. Two round trips for all partitions, once in five seconds. */
  async count(): Promise<void> {
    if (performance.now() - this.#countedAt < COUNT_EVERY_MS) return
    this.#countedAt = performance.now()
    const rows = await this.#connection.forEach(allPartitions(), (target, partition) =>
      target.hvals(openKey(partition)),
    )
    const total = (rows as string[][]).flat().reduce((sum, count) => sum + Number(count), 0)
    await this.#connection.call({ script: 'keep', keys: [OPEN_TASKS], args: [total, KEPT_MS] })
  }
}

/** The coordinator's side. No one waits for a count: it is read behind whoever asks, for those who ask next. */
export class RedisOpenTasks implements OpenTasks {
  readonly #connection: Connection
  #readAt = Number.NEGATIVE_INFINITY
  #total = 0

  constructor(connection: Connection) {
    this.#connection = connection
  }

  total(): number {
    if (performance.now() - this.#readAt >= READ_EVERY_MS) void this.#read()
    return this.#total
  }

  async #read(): Promise<void> {
    this.#readAt = performance.now()
    try {
      this.#total = Number(await this.#connection.send((redis) => redis.get(OPEN_TASKS)))
    } catch {
      // The submission itself says that the store is away.
    }
  }
}
