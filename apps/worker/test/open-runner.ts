import type { AgentDefinition } from '@longhaul/agent'
import type { Tool } from '@longhaul/runtime'
import { CatalogReader, RedisClaimStore, Watch, Workers } from '@longhaul/store'
import type { ClaimStore, Settings } from '@longhaul/task'
import { connectUpstreams } from '@longhaul/upstream'
import type { Workflow } from '@longhaul/workflow'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import { openCodeChanges } from '../src/code-change/open-code-changes.ts'
import { Definitions } from '../src/definitions.ts'
import { LeaseKeeper } from '../src/lease-keeper.ts'
import type { Models } from '../src/models.ts'
import { TaskRunner } from '../src/task-runner.ts'
import { testSettings, type WorkerStore } from './worker-store.ts'

export const wakeUpOf = (taskId: string) => ({ taskId, queue: 'default' })

interface RunnerParts {
  readonly claims?: ClaimStore
  readonly agents?: readonly AgentDefinition[]
  readonly workflows?: readonly Workflow[]
  /** Its id. */
  readonly worker?: string
}

/** A runner of these tools in this process, for one test, and what it logs. */
export function openRunner(
  store: WorkerStore,
  tools: readonly Tool[],
  { claims, agents = [], workflows = [], worker = 'test', ...changed }: Partial<Settings> & RunnerParts = {},
) {
  const lines: string[] = []
  const log = pino({ level: 'trace' }, { write: (line) => void lines.push(line) })
  const settings = testSettings(changed)
  const models: Models = { choose: () => 'caller', windowOf: () => undefined }
  const project = {
    dir: '.',
    tools,
    agents,
    workflows,
    servers: [],
    prices: {},
    files: new Map(),
    middleware: [],
    problems: [],
  }
  const clientInfo = { name: 'test', version: '1' }
  const tasks = { ttlMs: 1000, pollMinMs: 50, pollMaxMs: 1000, patienceMs: 1000, askHoldMs: 1000 }
  const upstreams = connectUpstreams([], { log, clientInfo, dir: '.', timeoutMs: 1000, connectTimeoutMs: 1000, tasks })
  const definitions = new Definitions(project, { upstreams, models, settings })
  const leases = new LeaseKeeper({ url: store.url, settings, log })
  onTestFinished(() => leases.close())
  const { wakeUps } = store
  const parts = { claims: claims ?? new RedisClaimStore(store.connection, settings), leases, wakeUps }
  const callees = { findEntry: () => undefined, describeUnderUndo: async () => undefined }
  const watch = new Watch(store.connection)
  const workers = new Workers(store.connection, watch, settings)
  const catalog = new CatalogReader(store.connection, watch)
  const codeChanges = openCodeChanges({ worker, workers, catalog, settings, log })
  const runner = new TaskRunner({ worker, ...parts, definitions, models, ...callees, codeChanges, settings, log })
  leases.onRenewed((renewal) => runner.news.learn(renewal))
  return { runner, definitions, workers, leases, lines, said: () => lines.map((line) => JSON.parse(line).msg) }
}
