import type { WakeUp } from '@longhaul/task'

/**
 * Tasks that other workers leave to this one, since it has their version of a tool: taken as the wake-ups of a queue are,
 * some at once. What is left at the end is the sweeper's business.
 */
export class HandedOver {
  readonly #most: number
  readonly #advance: (wakeUp: WakeUp) => Promise<void>
  readonly #waiting = new Map<string, WakeUp>()
  #running = 0
  #isClosed = false

  constructor(most: number, advance: (wakeUp: WakeUp) => Promise<void>) {
    this.#most = most
    this.#advance = advance
  }

  take(wakeUp: WakeUp): void {
    if (this.#isClosed) return
    this.#waiting.set(wakeUp.taskId, wakeUp)
    if (this.#running < this.#most) void this.#run()
  }

  /** Takes nothing more. */
  close(): void {
    this.#isClosed = true
    this.#waiting.clear()
  }

  async #run(): Promise<void> {
    this.#running++
    for (const [taskId, wakeUp] of this.#waiting) {
      this.#waiting.delete(taskId)
      await this.#advance(wakeUp)
    }
    this.#running--
  }
}
