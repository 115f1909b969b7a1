import { setTimeout as delay } from 'node:timers/promises'
import type { LiveWorker } from '@longhaul/task'
import type { Redis } from 'ioredis'

const LOOK_MS = 400

/** Reads the heartbeats of all workers: how many of their writes were refused is told nowhere else, and ends with them. */
export class RefusedWrites {
  readonly #byWorker = new Map<string, number>()
  readonly #redis: Redis

  constructor(redis: Redis) {
    this.#redis = redis
  }

  get total(): number {
    return [...this.#byWorker.values()].reduce((sum, count) => sum + count, 0)
  }

  async watch(until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      await this.#look().catch(() => {}) // The store may be away just now.
      await delay(LOOK_MS, undefined, { signal: until }).catch(() => {})
    }
  }

  async #look(): Promise<void> {
    const keys = await this.#redis.keys('lh:worker:*')
    const beats = keys.length === 0 ? [] : await this.#redis.mget(keys)
    for (const beat of beats) {
      if (beat === null) continue
      const { id, refusedWrites } = JSON.parse(beat) as LiveWorker
      this.#byWorker.set(id, refusedWrites)
    }
  }
}
