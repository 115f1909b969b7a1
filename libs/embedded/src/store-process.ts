import { fork } from 'node:child_process'
import { once } from 'node:events'
import { extname, join } from 'node:path'
import { keepLastLines } from './last-lines.ts'
import type { StoreNews, StoreOrder, StoreRequest } from './messages.ts'

/** The parent's end of a store process. */
export interface StoreProcess {
  readonly port: number
  readonly exited: Promise<string>
  stop(): Promise<void>
  /** Resolves when its clock is so much later. */
  skip(ms: number): Promise<void>
}

/** Time a store process may take to write its last before it is killed. */
const MAX_STOP_MS = 30_000

/** @throws Error with what the store process says for itself when it does not start. */
export async function startStoreProcess(options: {
  readonly program: 'embedded-server' | 'native-server'
  readonly order: StoreOrder
  readonly env: NodeJS.ProcessEnv
  readonly log: (line: string) => void
}): Promise<StoreProcess> {
  const { program, order, env, log } = options
  // Beside this file, compiled or not.
  const file = join(import.meta.dirname, program + extname(import.meta.filename))
  const child = fork(file, [JSON.stringify(order)], {
    env,
    // WASI is experimental in Node; so were types in TypeScript files in older ones.
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const lastLines = keepLastLines(child)
  const ready = Promise.withResolvers<{ readonly port: number; readonly pid: number }>()
  const exited = Promise.withResolvers<string>()
  /** Who waits for the clock to be set, in the order of asking. */
  const skipped: (() => void)[] = []
  let failure: string | undefined
  let stopping: Promise<void> | undefined

  child.on('message', (news: StoreNews) => {
    if (news.type === 'ready') ready.resolve(news)
    else if (news.type === 'skipped') skipped.shift()?.()
    else if (news.type === 'warning') log(news.text)
    else failure = news.reason
  })
  child.on('error', ready.reject)
  const closed = once(child, 'close').then(async ([code, signal]) => {
    if (code !== 0) failure ??= `The store process ended (${signal ?? `code ${code}`}): ${lastLines()}`
    const reason = failure ?? 'The store process was asked to end by somebody else.'
    ready.reject(new Error(reason))
    const { pid } = await ready.promise
    // Killed, it could not take the server with it that it watched over.
    if (pid !== child.pid) endServer(pid)
    if (stopping === undefined) exited.resolve(reason)
    else if (failure !== undefined) log(failure)
  })
  closed.catch(() => {})

  const { port } = await ready.promise
  return {
    port,
    exited: exited.promise,
    skip: async (skipMs) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      skipped.push(resolve)
      child.send({ skipMs } satisfies StoreRequest)
      await Promise.race([promise, closed])
    },
    stop: () => {
      stopping ??= (async () => {
        const timer = setTimeout(() => child.kill('SIGKILL'), MAX_STOP_MS)
        if (child.connected) child.send('stop', () => {})
        await closed
        clearTimeout(timer)
      })()
      return stopping
    },
  }
}

function endServer(pid: number): void {
  try {
    process.kill(pid, 'SIGTERM')
  } catch {
    // It is gone already.
  }
}
