import { fileURLToPath } from 'node:url'
import { type Stack, type StackProcess, startStack, type TestStore } from '@longhaul/testbed'
import { type ClientOptions, type CrashClient, connectClient, type Result } from './client.ts'
import { type ModelServer, startModelServer } from './model-server.ts'
import { type Recorder, startRecorder } from './recorder.ts'

/** A task with a client of its own. */
export interface Run {
  readonly name: string
  readonly client: CrashClient
  readonly taskId: string
  readonly result: Promise<Result>
}

export interface BeginOptions extends Partial<ClientOptions> {
  readonly tool: string
  readonly args: Record<string, unknown>
}

export interface World {
  readonly recorder: Recorder
  readonly model: ModelServer
  readonly stack: Stack
  connect(options?: Partial<ClientOptions>): Promise<CrashClient>
  /** Submits a task and waits for its end; resolves when it is submitted. */
  begin(name: string, options: BeginOptions): Promise<Run>
  /** @throws Error when no run of this name was begun */
  run(name: string): Run
  /** Resolves when every run has ended, however. */
  ended(): Promise<void>
  /** The process whose tool sent a report. */
  workerOf(report: { readonly worker: number }): StackProcess
  /** Kills all workers at once; none is left. */
  killWorkers(): Promise<void>
  stop(): Promise<void>
}

/** An installation of crash-project, with what its tools and models report to. */
export async function startWorld(options: {
  readonly coordinators?: number
  readonly workers?: number
  readonly env?: NodeJS.ProcessEnv
  readonly store?: TestStore
}): Promise<World> {
  const recorder = await startRecorder()
  const model = await startModelServer(recorder)
  const stack = await startStack({
    project: fileURLToPath(new URL('..', import.meta.url)),
    ...options,
    env: {
      CRASH_RECORDER: recorder.url,
      CRASH_NODE: process.execPath,
      OPENAI_COMPATIBLE_BASE_URL: model.url,
      LONGHAUL_LOG_LEVEL: 'warn',
      ...options.env,
    },
  })
  const clients: CrashClient[] = []
  const runs = new Map<string, Run>()
  const connect = async (given: Partial<ClientOptions> = {}) => {
    const client = await connectClient({ url: stack.url(), fetch: stack.roundRobin, ...given })
    clients.push(client)
    return client
  }
  return {
    recorder,
    model,
    stack,
    connect,
    begin: async (name, { tool, args, ...given }) => {
      const client = await connect(given)
      const taskId = await client.submit(tool, args)
      const run = { name, client, taskId, result: client.result(taskId) }
      runs.set(name, run)
      return run
    },
    run: (name) => {
      const run = runs.get(name)
      if (!run) throw new Error(`There is no run '${name}'.`)
      return run
    },
    ended: async () => {
      await Promise.allSettled([...runs.values()].map(({ result }) => result))
    },
    workerOf: ({ worker }) => {
      const found = stack.workers.find(({ process }) => process.pid === worker)
      if (!found) throw new Error(`No worker of this stack has the process id ${worker}.`)
      return found
    },
    killWorkers: async () => {
      await Promise.all(stack.workers.map(({ process }) => process.kill('SIGKILL')))
    },
    stop: async () => {
      await Promise.all(clients.map((client) => client.close()))
      await stack.stop()
      await model[Symbol.asyncDispose]()
      await recorder[Symbol.asyncDispose]()
    },
  }
}
