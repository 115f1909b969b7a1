import { once } from 'node:events'
import { type RunningStore, startStore } from '@longhaul/embedded'
import { type StoreProxy, startStoreProxy } from '@longhaul/testbed'
import { Redis } from 'ioredis'

/** The store of the run: a real server with an append-only file, which can be ended and started anew. */
export class ChaosStore {
  readonly #dir: string
  readonly #proxies = new Set<StoreProxy>()
  #store: RunningStore

  private constructor(dir: string, store: RunningStore) {
    this.#dir = dir
    this.#store = store
  }

  static async start(dir: string): Promise<ChaosStore> {
    return new ChaosStore(dir, await open(dir))
  }

  get url(): string {
    return this.#store.url
  }

  /** A way to the store that stays the same when it is started anew, and that can be cut. */
  async proxy(): Promise<StoreProxy> {
    const proxy = await startStoreProxy(this.url)
    this.#proxies.add(proxy)
    return proxy
  }

  /**
   * Ends the server and starts it again with what it had written. `SIGKILL` only after it was told to write each change
   * down before it acknowledges it: otherwise it may lose what it acknowledged, and is allowed to.
   */
  async restart(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const redis = new Redis(this.url)
    redis.on('error', () => {})
    if (signal === 'SIGKILL') await redis.config('SET', 'appendfsync', 'always')
    const pid = Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1])
    const closed = once(redis, 'close')
    process.kill(pid, signal)
    await Promise.all([closed, this.#store.exited])
    redis.disconnect()
    this.#store = await open(this.#dir)
    for (const proxy of this.#proxies) proxy.moveTo(this.url)
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#proxies].map((proxy) => proxy.stop()))
    await this.#store.stop()
  }
}

const open = (dir: string): Promise<RunningStore> =>
  startStore({ dir, env: process.env, log: () => {}, kind: 'native' })
