import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startStore } from '@longhaul/embedded'
import { Redis } from 'ioredis'

/** A native Redis or Valkey of its own, started as `longhaul start` does: an append-only file, synced every second. */
export interface BenchStore {
  readonly url: string
  /** For looking at what a figure cost. */
  readonly redis: Redis
  stop(): Promise<void>
}

/** @throws Error where no redis-server or valkey-server is on the PATH */
export async function startBenchStore(): Promise<BenchStore> {
  const dir = await mkdtemp(join(tmpdir(), 'longhaul-bench-'))
  const store = await startStore({ dir, env: process.env, log: console.warn, kind: 'native' })
  const redis = new Redis(store.url)
  return {
    url: store.url,
    redis,
    stop: async () => {
      redis.disconnect()
      await store.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}
