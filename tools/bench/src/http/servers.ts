import { fileURLToPath } from 'node:url'
import { hashKey } from '@longhaul/coordinator'
import { spawnNode } from '@longhaul/testbed'
import { isReady } from '../processes/announce.ts'
import { spawnCoordinator, spawnWorker } from '../processes/spawn-longhaul.ts'
import { startBenchStore } from '../start-bench-store.ts'

const KEY = 'a-key-of-sixteen-characters-or-more'

export interface HttpServer {
  readonly address: string
  /** The API key that it wants. */
  readonly key?: string
  stop(): Promise<unknown>
}

/** A coordinator that wants keys, a worker and a store, each a process of its own. */
export async function startInstallation(concurrency: number): Promise<HttpServer> {
  const store = await startBenchStore()
  const env = { REDIS_URL: store.url, LONGHAUL_CONCURRENCY: String(concurrency) }
  const keys = { LONGHAUL_API_KEYS: `anna=sha256:${hashKey(KEY)}` }
  const [coordinator, worker] = await Promise.all([spawnCoordinator({ ...env, ...keys }), spawnWorker(env)])
  return {
    address: coordinator.address,
    key: KEY,
    stop: async () => {
      await Promise.all([coordinator.kill(), worker.kill()])
      await store.stop()
    },
  }
}

/** A server of the reference: one process, nothing beside it. */
export async function startReference(name: 'sdk-v1-server' | 'sdk-v2-server'): Promise<HttpServer> {
  const child = spawnNode(fileURLToPath(new URL(`../reference/${name}.ts`, import.meta.url)))
  const { address } = await child.ready(isReady)
  return { address, stop: () => child.kill('SIGKILL') }
}
