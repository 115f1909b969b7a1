import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import { HoldTable } from './hold-table.ts'
import type { FromLeaseKeeper, Hold, LeaseKeeperData, Renewal, ToLeaseKeeper } from './lease-messages.ts'

/** Pause before the thread is started again, should it ever end by itself. */
const RESTART_MS = 1000

export interface LeaseKeeperOptions extends Omit<LeaseKeeperData, 'held'> {
  readonly log: Logger
}

/**
 * Keeps the leases of this worker's claims from a thread of its own, with a connection of its own: a tool that does not
 * give the thread back does not lose its task. A worker that is stuck for ever is killed from there.
 */
export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions
  readonly #ready = Promise.withResolvers<void>()
  readonly #held = new HoldTable()
  readonly #slots = new Map<string, number>()
  #thread: Worker
  #listener: (renewal: Renewal) => void = () => {}
  #isClosed = false

  constructor(options: LeaseKeeperOptions) {
    this.#options = options
    this.#thread = this.#start()
  }

  /** Resolves when leases are kept as soon as they are asked for. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  /** Calls `listener`, the only one, for every lease that was kept, or found lost. */
  onRenewed(listener: (renewal: Renewal) => void): void {
    this.#listener = listener
  }

  /** From now on; the claim may still be under way. */
  hold(hold: Hold): void {
    this.#slots.set(hold.runId, this.#held.add(hold))
  }

  /** The claim has been made: from now on it is lost where the store knows nothing of it. */
  noteClaimed(hold: Hold): void {
    const slot = this.#slots.get(hold.runId)
    if (slot !== undefined) this.#held.noteClaimed(slot)
  }

  drop(hold: Hold): void {
    const slot = this.#slots.get(hold.runId)
    if (slot === undefined) return
    this.#slots.delete(hold.runId)
    this.#held.remove(slot)
  }

  /** Idempotent. What is still held runs out. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#thread.terminate()
  }

  #tell(message: ToLeaseKeeper): void {
    this.#thread.postMessage(message)
  }

  #start(): Worker {
    const { url, settings, log } = this.#options
    const data: LeaseKeeperData = { url, settings, held: this.#held.buffer }
    const file = new URL(`./lease-keeper-thread${import.meta.url.slice(-3)}`, import.meta.url)
    // What this process was told to load first is for the tools' thread.
    const thread = new Worker(file, { workerData: data, execArgv: [] })
    thread.on('message', (message: FromLeaseKeeper) => this.#hear(message))
    thread.on('error', (error) => log.error({ err: error }, 'the thread that keeps the leases failed'))
    thread.once('exit', () => {
      if (!this.#isClosed) setTimeout(() => this.#restart(), RESTART_MS).unref()
    })
    return thread
  }

  #restart(): void {
    if (this.#isClosed) return
    this.#thread = this.#start()
  }

  #hear(message: FromLeaseKeeper): void {
    switch (message.kind) {
      case 'ready':
        this.#ready.resolve()
        break
      case 'ping':
        this.#tell({ kind: 'alive' })
        break
      case 'renewed':
        for (const renewal of message.renewals) this.#listener(renewal)
        break
      case 'trouble':
        this.#options.log.error({ reason: message.message }, 'leases could not be renewed')
    }
  }
}
