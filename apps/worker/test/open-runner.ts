import type { Tool } from '@longhaul/runtime'
import { RedisClaimStore } from '@longhaul/store'
import type { ClaimStore, Settings } from '@longhaul/task'
import { connectUpstreams } from '@longhaul/upstream'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import { Definitions } from '../src/definitions.ts'
import { LeaseKeeper } from '../src/lease-keeper.ts'
import type { Models } from '../src/models.ts'
import { TaskRunner } from '../src/task-runner.ts'
import { testSettings, type WorkerStore } from './worker-store.ts'

export const wakeUpOf = (taskId: string) => ({ taskId, queue: 'default' })

/** A runner of these tools in this process, for one test, and what it logs. */
export function openRunner(
  store: WorkerStore,
  tools: readonly Tool[],
  { claims, ...changed }: Partial<Settings> & { readonly claims?: ClaimStore } = {},
) {
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line) => void lines.push(line) })
  const settings = testSettings(changed)
  const models: Models = { choose: () => 'caller', windowOf: () => undefined }
  const project = { dir: '.', tools, agents: [], workflows: [], servers: [], prices: {}, problems: [] }
  const upstreams = connectUpstreams([], { log, clientInfo: { name: 'test', version: '1' }, dir: '.', timeoutMs: 1000 })
  const definitions = new Definitions(project, { upstreams, models, settings })
  const leases = new LeaseKeeper({ url: store.url, settings, log })
  onTestFinished(() => leases.close())
  const { wakeUps } = store
  const parts = { claims: claims ?? new RedisClaimStore(store.connection, settings), leases, wakeUps }
  const findEntry = () => undefined
  const runner = new TaskRunner({ worker: 'test', ...parts, definitions, models, findEntry, settings, log })
  leases.onRenewed((renewal) => runner.learn(renewal))
  return { runner, leases, lines, said: () => lines.map((line) => JSON.parse(line).msg) }
}
