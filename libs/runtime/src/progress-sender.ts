import type { Ledger, Progress } from '@longhaul/task'

export interface ProgressSenderOptions {
  readonly ledger: Pick<Ledger, 'progress'>
  /** What earlier activations came to, which this one says again while it is replayed. */
  readonly last: Progress | undefined
  readonly intervalMs: number
}

/** Sends progress, not more often than `intervalMs` nor faster than the store takes it: of what comes meanwhile only the newest. */
export class ProgressSender {
  readonly #options: ProgressSenderOptions
  #highest: number
  #next: Progress | undefined
  #sending: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  /** By `performance.now()`. */
  #sentAt = Number.NEGATIVE_INFINITY

  constructor(options: ProgressSenderOptions) {
    this.#options = options
    this.#highest = options.last?.progress ?? Number.NEGATIVE_INFINITY
  }

  /** Ignored unless it is more than all before. */
  report(progress: Progress): void {
    if (progress.progress <= this.#highest) return
    this.#highest = progress.progress
    this.#next = progress
    this.#sendInTime()
  }

  /** Sends what is left. Resolves when it has been sent. */
  async settled(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    await this.#sending
    if (this.#next) await this.#send()
  }

  #sendInTime(): void {
    if (this.#sending || this.#timer || !this.#next) return
    const inMs = this.#sentAt + this.#options.intervalMs - performance.now()
    if (inMs <= 0) {
      this.#sending = this.#send()
      return
    }
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#sendInTime()
    }, Math.ceil(inMs)).unref()
  }

  async #send(): Promise<void> {
    const progress = this.#next
    this.#next = undefined
    this.#sentAt = performance.now()
    try {
      if (progress) await this.#options.ledger.progress(progress)
    } catch {
      // Progress is a courtesy: the task goes on, and what matters will run into the same trouble and say so.
    }
    this.#sending = undefined
    this.#sendInTime()
  }
}
