import type { LiveWorker, WorkerRegistry } from '@longhaul/task'

/** How long what was read is good enough for those who look at tasks. */
const READ_EVERY_MS = 2000

/** Who lives, for many who ask: read once in two seconds at most, and only when somebody asks. */
export class RecentWorkers implements WorkerRegistry {
  readonly #workers: WorkerRegistry
  #read: { readonly at: number; readonly live: Promise<readonly LiveWorker[]> } | undefined

  constructor(workers: WorkerRegistry) {
    this.#workers = workers
  }

  live(): Promise<readonly LiveWorker[]> {
    if (!this.#read || performance.now() - this.#read.at > READ_EVERY_MS) {
      const read = { at: performance.now(), live: this.#workers.live() }
      this.#read = read
      read.live.catch(() => {
        if (this.#read === read) this.#read = undefined
      })
    }
    return this.#read.live
  }
}
