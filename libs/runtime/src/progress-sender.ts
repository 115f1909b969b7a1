import type { Ledger, Progress } from '@longhaul/task'

/** Sends progress as fast as the store takes it; of what comes meanwhile only the newest. */
export class ProgressSender {
  readonly #ledger: Ledger
  #highest: number
  #next: Progress | undefined
  #sending: Promise<void> | undefined

  /** `last`: what earlier activations came to, which this one says again while it is replayed. */
  constructor(ledger: Ledger, last: Progress | undefined) {
    this.#ledger = ledger
    this.#highest = last?.progress ?? Number.NEGATIVE_INFINITY
  }

  /** Ignored unless it is more than all before. */
  report(progress: Progress): void {
    if (progress.progress <= this.#highest) return
    this.#highest = progress.progress
    this.#next = progress
    this.#sending ??= this.#send()
  }

  /** Resolves when the newest progress has been sent. */
  async settled(): Promise<void> {
    await this.#sending
  }

  async #send(): Promise<void> {
    try {
      while (this.#next) {
        const progress = this.#next
        this.#next = undefined
        await this.#ledger.progress(progress)
      }
    } catch {
      // Progress is a courtesy: the task goes on, and what matters will run into the same trouble and say so.
    } finally {
      this.#sending = undefined
    }
  }
}
