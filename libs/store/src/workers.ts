import type { Settings, Unsubscribe } from '@longhaul/task'
import type { Connection } from './connection.ts'
import { workerKey } from './keys.ts'
import type { Watch } from './watch.ts'

export interface WorkerState {
  readonly id: string
  readonly pid: number
  readonly queues: readonly string[]
  readonly concurrency: number
  readonly running: number
  /** Writes that came too late, after another worker had taken the task over or it was cancelled; since its start. */
  readonly refusedWrites: number
}

/** What a live worker says of itself, and hears of its claims. */
export class Workers {
  readonly #connection: Connection
  readonly #watch: Watch
  readonly #settings: Settings

  constructor(connection: Connection, watch: Watch, settings: Settings) {
    this.#connection = connection
    this.#watch = watch
    this.#settings = settings
  }

  async beat(state: WorkerState): Promise<void> {
    const value = JSON.stringify(state)
    await this.#connection.send((redis) => redis.set(workerKey(state.id), value, 'PX', 3 * this.#settings.heartbeatMs))
  }

  async leave(id: string): Promise<void> {
    await this.#connection.send((redis) => redis.del(workerKey(id)))
  }

  /** Hears at once what renewing the leases would tell later: a claim was lost, or its journal has grown. */
  listen(id: string, listener: (news: 'lost' | 'grown', taskId: string) => void): Promise<Unsubscribe> {
    return this.#watch.on(workerKey(id), (message) => {
      const [news, taskId] = message.split(' ')
      if ((news === 'lost' || news === 'grown') && taskId) listener(news, taskId)
    })
  }
}
