import { join } from 'node:path'
import { type SpawnedNode, spawnNode } from '@longhaul/testbed'
import { afterEach } from 'vitest'

const PROGRAM = join(import.meta.dirname, '..', 'src', 'fixtures', 'worker.ts')

export interface Ready {
  readonly kind: 'ready'
  readonly id: string
  readonly tools: readonly string[]
  readonly problems: readonly string[]
}
export const isReady = (message: unknown): message is Ready => Object(message).kind === 'ready'

/**
 * Spawns workers in processes of their own, which are gone after the test; quick where the defaults are made for
 * people.
 */
export function workerSpawner(url: () => string) {
  const workers: SpawnedNode[] = []
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.kill('SIGKILL')))
  })
  return (dir: string, env: NodeJS.ProcessEnv = {}): SpawnedNode => {
    const quick = { LONGHAUL_LEASE_MS: '1000', LONGHAUL_SWEEP_INTERVAL_MS: '50', LONGHAUL_WAKE_GRACE_MS: '100' }
    const worker = spawnNode(PROGRAM, {
      args: [dir],
      env: { REDIS_URL: url(), LONGHAUL_LOG_LEVEL: 'debug', ...quick, ...env },
    })
    workers.push(worker)
    return worker
  }
}
