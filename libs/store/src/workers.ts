import type { LiveWorker, Settings, Unsubscribe, WorkerRegistry } from '@longhaul/task'
import type { Connection } from './connection.ts'
import { WORKERS, workerKey } from './keys.ts'
import type { Watch } from './watch.ts'

/** What live workers say of themselves, and hear of their claims. */
export class Workers implements WorkerRegistry {
  readonly #connection: Connection
  readonly #watch: Watch
  readonly #settings: Settings

  constructor(connection: Connection, watch: Watch, settings: Settings) {
    this.#connection = connection
    this.#watch = watch
    this.#settings = settings
  }

  async beat(worker: LiveWorker): Promise<void> {
    const ttlMs = 3 * this.#settings.heartbeatMs
    await this.#connection.send((redis) => redis.set(workerKey(worker.id), JSON.stringify(worker), 'PX', ttlMs))
    await this.#connection.pipeline((pipeline) => {
      pipeline.sadd(WORKERS, worker.id).pexpire(WORKERS, ttlMs)
    })
  }

  async leave(id: string): Promise<void> {
    await this.#connection.send((redis) => redis.del(workerKey(id)))
    await this.#connection.send((redis) => redis.srem(WORKERS, id))
  }

  async live(): Promise<readonly LiveWorker[]> {
    const ids = (await this.#connection.send((redis) => redis.smembers(WORKERS))).sort()
    const values = (await this.#connection.forEach(ids, (target, id) => target.get(workerKey(id)))) as (string | null)[]
    const silent = ids.filter((_, place) => values[place] === null)
    // Should one of them live, it is there again with its next heartbeat.
    if (silent.length > 0) await this.#connection.send((redis) => redis.srem(WORKERS, ...silent))
    return values.flatMap((value) => (value === null ? [] : [JSON.parse(value) as LiveWorker]))
  }

  /** Hears at once what renewing the leases would tell later: a claim was lost, or its journal has grown. */
  listen(id: string, listener: (news: 'lost' | 'grown', taskId: string) => void): Promise<Unsubscribe> {
    return this.#watch.on(workerKey(id), (message) => {
      const [news, taskId] = message.split(' ')
      if ((news === 'lost' || news === 'grown') && taskId) listener(news, taskId)
    })
  }
}
