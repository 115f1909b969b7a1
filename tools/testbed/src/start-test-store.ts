import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram, NATIVE_SERVERS, startStore } from '@longhaul/embedded'
import { Redis } from 'ioredis'

export type TestStoreKind = 'native' | 'embedded'

/** A store of one test file, in memory. */
export interface TestStore {
  /** `redis://127.0.0.1:PORT` */
  readonly url: string
  readonly kind: TestStoreKind
  /** Removes every key. */
  flush(): Promise<void>
  stop(): Promise<void>
}

/**
 * Starts a store the way `longhaul start` does, in a process of its own, but keeping nothing on disk. Native where a
 * server is on the PATH, else embedded; LONGHAUL_TEST_STORE=native|embedded or `kind` say otherwise.
 */
export async function startTestStore(options: { readonly kind?: TestStoreKind } = {}): Promise<TestStore> {
  const kind = options.kind ?? chooseKind(process.env)
  const dir = await mkdtemp(join(tmpdir(), 'longhaul-store-'))
  const store = await startStore({ dir, env: process.env, log: console.warn, keep: false, kind })
  void store.exited.then((reason) => console.error(`The store of this test ended: ${reason}`))
  const redis = new Redis(store.url, { lazyConnect: true })
  return {
    url: store.url,
    kind,
    flush: async () => {
      await redis.flushall()
    },
    stop: async () => {
      redis.disconnect()
      await store.stop()
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** @throws Error when LONGHAUL_TEST_STORE is neither kind. */
export function chooseKind(env: NodeJS.ProcessEnv): TestStoreKind {
  const asked = env.LONGHAUL_TEST_STORE
  if (asked === 'native' || asked === 'embedded') return asked
  if (asked) throw new Error(`LONGHAUL_TEST_STORE=${asked}: it takes native or embedded.`)
  return findProgram(NATIVE_SERVERS, env) === undefined ? 'embedded' : 'native'
}
