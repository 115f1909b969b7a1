import type { Pauses } from '@longhaul/task'
import type { Connection } from './connection.ts'
import { pauseKey } from './keys.ts'

/** Which accounts are not to be used at the moment, as all workers on this store know it. */
export class RedisPauses implements Pauses {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async remainingMs(account: string): Promise<number> {
    // Below zero where there is no such key.
    return Math.max(0, await this.#connection.send((redis) => redis.pttl(pauseKey(account))))
  }

  async pause(account: string, ms: number): Promise<void> {
    await this.#connection.send((redis) => redis.set(pauseKey(account), '', 'PX', Math.max(1, Math.ceil(ms))))
  }
}
