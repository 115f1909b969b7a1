import type { ChildProcess } from 'node:child_process'
import type { Settings } from '@longhaul/task'
import type { Logger } from 'pino'
import { forkWorker } from './fork-worker.ts'
import type { WorkerMessage } from './worker-message.ts'

/** Waits before a worker that ended is started again, the longer the oftener it ends soon after its start. */
const RESTART_MS = [100, 1000, 5000, 15_000]
const SOON_MS = 10_000

/** Time beyond its grace that a worker has to end; one whose tool does not give the thread back is killed then. */
const BEYOND_GRACE_MS = 10_000

export interface WorkerProcessOptions {
  readonly dir: string
  readonly url: string
  readonly log: Logger
  readonly settings: Pick<Settings, 'shutdownGraceMs' | 'abortGraceMs'>
}

/** A worker in a process of its own, since it runs the user's code. It is started again when it ends unasked. */
export class WorkerProcess {
  readonly #options: WorkerProcessOptions
  readonly #ready = Promise.withResolvers<WorkerMessage>()
  #child: ChildProcess | undefined
  #isStopping = false
  #endedSoon = 0
  #restart: NodeJS.Timeout | undefined

  constructor(options: WorkerProcessOptions) {
    this.#options = options
    this.#start()
  }

  /** What the worker said when it was first ready. @throws when it never got so far */
  get ready(): Promise<WorkerMessage> {
    return this.#ready.promise
  }

  /** Lets it hand over what it has in hand, within its grace. */
  async stop(): Promise<void> {
    const { shutdownGraceMs, abortGraceMs } = this.#options.settings
    this.#isStopping = true
    clearTimeout(this.#restart)
    const child = this.#child
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    const tooLong = setTimeout(() => child.kill('SIGKILL'), shutdownGraceMs + abortGraceMs + BEYOND_GRACE_MS)
    await exited
    clearTimeout(tooLong)
  }

  /** At once. One whose tool does not give the thread back would not even hear that this process is gone. */
  kill(): void {
    this.#child?.kill('SIGKILL')
  }

  #start(): void {
    const startedAt = Date.now()
    const child = forkWorker([this.#options.dir], this.#options.url)
    this.#child = child
    // The user's code may send messages, too.
    child.on('message', (message: Partial<WorkerMessage> | null) => {
      if (message?.kind === 'ready') this.#ready.resolve(message as WorkerMessage)
    })
    child.once('exit', (code, signal) => this.#onExit(Date.now() - startedAt, signal ?? `exit code ${code}`))
  }

  #onExit(livedMs: number, how: string): void {
    if (this.#isStopping) return
    this.#endedSoon = livedMs < SOON_MS ? this.#endedSoon + 1 : 0
    const delay = RESTART_MS[Math.min(this.#endedSoon, RESTART_MS.length - 1)]
    this.#options.log.warn({ how, againInMs: delay }, 'a worker ended; its tasks go on elsewhere')
    if (this.#endedSoon === RESTART_MS.length)
      this.#ready.reject(new Error(`The worker cannot be started (${how}); the log says why.`))
    this.#restart = setTimeout(() => this.#start(), delay)
  }
}
