import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { findProgram } from '@longhaul/embedded'
import { SENTINELS } from './needs.ts'
import { startRedis, type TestRedis } from './start-redis.ts'

/** A master, a replica and a sentinel that promotes the replica when the master is gone. */
export interface TestSentinels {
  /** `redis+sentinel://…` */
  readonly url: string
  readonly master: TestRedis
  readonly replica: TestRedis
  stop(): Promise<void>
}

const DOWN_AFTER_MS = 500

/** Needs `redis-server` and `redis-sentinel` (see needs.ts). */
export async function startTestSentinels({
  args = [],
}: {
  readonly args?: readonly string[]
} = {}): Promise<TestSentinels> {
  const master = await startRedis({ args: ['--repl-diskless-sync-delay', '0', ...args] })
  const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(master.port), ...args] })
  while (!(await replica.client.info('replication')).includes('master_link_status:up')) await delay(20)
  const config = join(tmpdir(), `longhaul-sentinel-${randomUUID()}.conf`)
  await writeFile(
    config,
    [
      `sentinel monitor main 127.0.0.1 ${master.port} 1`,
      `sentinel down-after-milliseconds main ${DOWN_AFTER_MS}`,
      'sentinel failover-timeout main 1000',
    ].join('\n'),
  )
  const sentinel = await startRedis({ command: [findProgram(SENTINELS, process.env) ?? 'redis-sentinel', config] })
  // Until it has heard from the replica itself it does not promote it.
  const replicas = async () => JSON.stringify(await sentinel.client.call('SENTINEL', 'REPLICAS', 'main'))
  while (!(await replicas()).includes('"master-link-status","ok"')) await delay(20)
  return {
    url: `redis+sentinel://127.0.0.1:${sentinel.port}/main`,
    master,
    replica,
    stop: async () => {
      await Promise.all([sentinel, replica, master].map((one) => one.stop()))
      await rm(config, { force: true })
    },
  }
}
