import type { ChildProcess } from 'node:child_process'
import { formatProblem, type Problem, type Settings } from '@longhaul/task'
import type { Logger } from 'pino'
import { forkWorker } from './fork-worker.ts'
import type { ReadyMessage, WorkerMessage } from './worker-message.ts'

/** Waits before a worker that ended is started again, the longer the oftener it ends soon after its start. */
const RESTART_MS = [100, 1000, 5000, 15_000]
const restartMs = (failures: number): number => RESTART_MS[Math.min(failures, RESTART_MS.length - 1)] ?? 0
const SOON_MS = 10_000

/** Time beyond its grace that a worker has to end; one whose tool does not give the thread back is killed then. */
const BEYOND_GRACE_MS = 10_000

const CODE = /\.[cm]?[tj]s$/

export interface WorkerProcessOptions {
  readonly dir: string
  readonly url: string
  readonly log: Logger
  readonly settings: Pick<Settings, 'shutdownGraceMs' | 'abortGraceMs'>
}

/**
 * A worker in a process of its own, since it runs the user's code. It is started again when it ends unasked, and
 * replaced by one with the code as it is now when it says that its own has changed.
 */
export class WorkerProcess {
  readonly #options: WorkerProcessOptions
  readonly #ready = Promise.withResolvers<ReadyMessage>()
  /** All that have not ended, those that were replaced included. */
  readonly #running = new Set<ChildProcess>()
  #child: ChildProcess | undefined
  /** What that one said when it was ready. */
  #said: ReadyMessage | undefined
  /** Is to take its place, if it can load the changed code. */
  #successor: ChildProcess | undefined
  /** Code changed again since the successor was started, which may not have seen it. */
  #hasChangedSince = false
  #isStopping = false
  #endedSoon = 0
  /** Successors in a row that ended before they could say whether they can load the changed code. */
  #failedSuccessors = 0
  /** The next start: of the worker, or of its successor. */
  #restart: NodeJS.Timeout | undefined

  constructor(options: WorkerProcessOptions) {
    this.#options = options
    this.#child = this.#start()
  }

  /** What the worker said when it was first ready. @throws when it never got so far */
  get ready(): Promise<ReadyMessage> {
    return this.#ready.promise
  }

  /** Lets it hand over what it has in hand, within its grace. */
  async stop(): Promise<void> {
    this.#isStopping = true
    clearTimeout(this.#restart)
    await Promise.all([...this.#running].map((child) => this.#end(child)))
  }

  /** At once. One whose tool does not give the thread back would not even hear that this process is gone. */
  kill(): void {
    for (const child of this.#running) child.kill('SIGKILL')
  }

  async #end(child: ChildProcess): Promise<void> {
    const { shutdownGraceMs, abortGraceMs } = this.#options.settings
    if (!this.#running.has(child)) return
    const exited = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGTERM')
    const tooLong = setTimeout(() => child.kill('SIGKILL'), shutdownGraceMs + abortGraceMs + BEYOND_GRACE_MS)
    await exited
    clearTimeout(tooLong)
  }

  #start(): ChildProcess {
    const startedAt = Date.now()
    const child = forkWorker([this.#options.dir], this.#options.url)
    this.#running.add(child)
    // The user's code may send messages, too.
    child.on('message', (message: Partial<WorkerMessage> | null) => {
      if (message?.kind === 'ready') this.#onReady(child, message as ReadyMessage)
      if (message?.kind === 'outdated') this.#onOutdated(child)
    })
    child.once('exit', (code, signal) => {
      this.#running.delete(child)
      if (!this.#isStopping)
        this.#onExit(child, { livedMs: Date.now() - startedAt, how: signal ?? `exit code ${code}` })
    })
    return child
  }

  #onReady(child: ChildProcess, said: ReadyMessage): void {
    if (child === this.#successor) {
      const faults = said.problems.filter((problem) => this.#isNewFault(problem))
      for (const fault of faults) this.#options.log.error(formatProblem(fault))
      if (faults.length > 0) {
        this.#settleSuccession('the changed code has mistakes; the worker goes on with what it had')
        void this.#end(child)
        return
      }
      if (this.#child) void this.#end(this.#child)
      this.#child = child
      this.#settleSuccession('a worker with the changed code has taken over')
    }
    if (child !== this.#child) return
    this.#said = said
    this.#ready.resolve(said)
  }

  /** A file of code that could be loaded before. */
  #isNewFault({ file, severity }: Problem): boolean {
    const wasFaulty = this.#said?.problems.some((problem) => problem.file === file && problem.severity === 'error')
    return CODE.test(file) && severity === 'error' && !wasFaulty
  }

  #onOutdated(child: ChildProcess): void {
    // One that was replaced only hands over any more.
    const counts = child === this.#child || child === this.#successor
    if (this.#isStopping || !counts) return
    if (this.#successor) this.#hasChangedSince = true
    else this.#startSuccessor()
  }

  /** It loads the code as it is now. */
  #startSuccessor(): void {
    clearTimeout(this.#restart)
    this.#hasChangedSince = false
    this.#successor = this.#start()
  }

  #settleSuccession(what: string): void {
    this.#options.log.info(what)
    this.#successor = undefined
    this.#failedSuccessors = 0
    this.#followChanges()
  }

  #followChanges(): void {
    if (this.#hasChangedSince && this.#child) this.#onOutdated(this.#child)
  }

  #onExit(child: ChildProcess, { livedMs, how }: { readonly livedMs: number; readonly how: string }): void {
    const { log } = this.#options
    if (child === this.#successor) {
      const againInMs = restartMs(this.#failedSuccessors++)
      log.error({ how, againInMs }, 'the worker with the changed code ended before it took over; the old one goes on')
      this.#successor = undefined
      this.#restart = setTimeout(() => this.#startSuccessor(), againInMs)
      return
    }
    // It was replaced, and has handed over.
    if (child !== this.#child) return
    this.#child = this.#successor
    this.#successor = undefined
    this.#failedSuccessors = 0
    this.#followChanges()
    if (this.#child) return
    // Who is started now loads the code as it is.
    clearTimeout(this.#restart)
    this.#hasChangedSince = false
    this.#endedSoon = livedMs < SOON_MS ? this.#endedSoon + 1 : 0
    const againInMs = restartMs(this.#endedSoon)
    log.warn({ how, againInMs }, 'a worker ended; its tasks go on elsewhere')
    if (this.#endedSoon === RESTART_MS.length)
      this.#ready.reject(new Error(`The worker cannot be started (${how}); the log says why.`))
    this.#restart = setTimeout(() => {
      this.#child = this.#start()
    }, againInMs)
  }
}
