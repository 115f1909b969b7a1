import type { LiveWorker, Settings, Unsubscribe, WakeUp, WorkerRegistry } from '@longhaul/task'
import type { Connection } from './connection.ts'
import { WORKERS, workerKey } from './keys.ts'
import type { Watch } from './watch.ts'

/** News for a worker: a task that it should go on with. Beside it scripts tell `lost` and `grown`. */
const HAND_OVER = 'take'

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
    const args = [JSON.stringify(worker), ttlMs]
    await this.#connection.call({ script: 'keep', keys: [workerKey(worker.id)], args })
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
    // A worker of before schema version 2 says nothing of versions.
    return values.flatMap((value) => (value === null ? [] : [{ versions: {}, ...JSON.parse(value) } as LiveWorker]))
  }

  /**
   * Hears at once what renewing the leases would tell later: a claim was lost, or its journal has grown; and which tasks
   * others leave to this worker.
   */
  listen(
    id: string,
    listener: (news: 'lost' | 'grown', taskId: string) => void,
    onHandedOver?: (wakeUp: WakeUp) => void,
  ): Promise<Unsubscribe> {
    return this.#watch.on(workerKey(id), (message) => {
      const [news, about] = [message.slice(0, message.indexOf(' ')), message.slice(message.indexOf(' ') + 1)]
      if (news === 'lost' || news === 'grown') listener(news, about)
      else if (news === HAND_OVER) onHandedOver?.(JSON.parse(about))
    })
  }

  /** Asks a worker to go on with a task. The message may be lost, or come to nobody: the sweeper makes up for that. */
  async handOver(id: string, wakeUp: WakeUp): Promise<void> {
    await this.#connection.send((redis) => redis.publish(workerKey(id), `${HAND_OVER} ${JSON.stringify(wakeUp)}`))
  }
}
