import { fileURLToPath } from 'node:url'
import { type SpawnedNode, spawnNode } from './spawn-node.ts'
import { startTestStore, type TestStore, type TestStoreKind } from './start-test-store.ts'

const MAIN = fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url))

export interface StackOptions {
  /** The user's project folder that the workers load. */
  readonly project: string
  readonly coordinators?: number
  readonly workers?: number
  /** Settings and secrets of all processes. */
  readonly env?: NodeJS.ProcessEnv
  /** What kind it is of, or one that is there already; the stack stops it. */
  readonly store?: TestStoreKind | TestStore
  readonly onLine?: (line: string) => void
}

export interface StackProcess {
  readonly process: SpawnedNode
  /** Where a coordinator listens; empty for a worker. */
  readonly address: string
}

/** A whole installation as processes of its own: a store, coordinators, workers. */
export interface Stack {
  readonly store: TestStore
  readonly coordinators: readonly StackProcess[]
  readonly workers: readonly StackProcess[]
  /** MCP endpoint of a coordinator. */
  url(coordinator?: number): URL
  /** `fetch` that sends each request to the next coordinator in turn, whichever its URL names. Dead ones are passed over. */
  readonly roundRobin: typeof fetch
  /** `project`: where it is another than that of the stack. */
  addWorker(env?: NodeJS.ProcessEnv, project?: string): Promise<StackProcess>
  addCoordinator(env?: NodeJS.ProcessEnv): Promise<StackProcess>
  stop(): Promise<void>
}

export async function startStack(options: StackOptions): Promise<Stack> {
  const store = typeof options.store === 'object' ? options.store : await startTestStore(toStoreOptions(options.store))
  const coordinators: StackProcess[] = []
  const workers: StackProcess[] = []
  const dead = new Set<StackProcess>()
  const spawn = async (args: string[], env: NodeJS.ProcessEnv = {}): Promise<StackProcess> => {
    const process = spawnNode(MAIN, {
      args,
      env: { REDIS_URL: store.url, PORT: '0', LONGHAUL_LOG_LEVEL: 'info', ...options.env, ...env },
      ...(options.onLine && { onLine: options.onLine }),
    })
    const { address = '' } = await process.ready(isReady)
    return { process, address }
  }
  const addWorker = async (env?: NodeJS.ProcessEnv, project = options.project) => {
    const worker = await spawn(['worker', project], env)
    workers.push(worker)
    return worker
  }
  const addCoordinator = async (env?: NodeJS.ProcessEnv) => {
    const coordinator = await spawn(['coordinator'], env)
    coordinators.push(coordinator)
    void coordinator.process.exited.then(() => dead.add(coordinator))
    return coordinator
  }
  const stop = async () => {
    await Promise.all([...coordinators, ...workers].map(({ process }) => process.kill('SIGKILL')))
    await store.stop()
  }
  try {
    const { coordinators: coordinatorCount = 2, workers: workerCount = 2 } = options
    await Promise.all([
      ...Array.from({ length: coordinatorCount }, () => addCoordinator()),
      ...Array.from({ length: workerCount }, () => addWorker()),
    ])
  } catch (error) {
    await stop()
    throw error
  }
  const url = (coordinator = 0) => new URL(`${coordinators[coordinator]?.address}/mcp`)
  return { store, coordinators, workers, url, roundRobin: inTurn(coordinators, dead), addWorker, addCoordinator, stop }
}

const toStoreOptions = (kind: TestStoreKind | undefined) => (kind ? { kind } : {})

interface Ready {
  readonly kind: 'ready'
  readonly address?: string
}

const isReady = (message: unknown): message is Ready => (message as Ready).kind === 'ready'

function inTurn(coordinators: readonly StackProcess[], dead: ReadonlySet<StackProcess>): typeof fetch {
  let turn = 0
  return (input, init) => {
    const alive = coordinators.filter((coordinator) => !dead.has(coordinator))
    const next = alive[turn++ % alive.length]
    if (!next) throw new Error('No coordinator is left.')
    const asked = new URL(input instanceof Request ? input.url : input)
    return fetch(new URL(asked.pathname + asked.search, next.address), init)
  }
}
