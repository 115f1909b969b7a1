import type { ClockState, Wait } from '@longhaul/task'

/**
 * How long a task has worked. It stands still while people are asked something, by it or by a task below it, whatever else
 * goes on. Of those below an activation knows what they asked when it began.
 */
export class TaskClock {
  readonly #startedAt: number
  readonly #endsAt: number | undefined
  readonly #asked: Set<string>
  #runs = Promise.withResolvers<void>()
  #waitedMs: number
  #askedAt: number

  /** @param startedAt Unix ms */
  constructor(startedAt: number, { waitedMs, askedAt, endsAt }: ClockState, waits: readonly Wait[]) {
    this.#startedAt = startedAt
    this.#endsAt = endsAt
    this.#waitedMs = waitedMs
    this.#asked = new Set(waits.filter(({ wait }) => wait === 'question' || wait === 'relayed').map(({ key }) => key))
    this.#askedAt = askedAt ?? Date.now()
  }

  /** A question was asked. */
  stop(key: string): void {
    if (this.#asked.size === 0) this.#askedAt = Date.now()
    this.#asked.add(key)
  }

  /** A question was resolved. */
  resume(key: string): void {
    if (!this.#asked.delete(key) || this.#asked.size > 0) return
    this.#waitedMs += Date.now() - this.#askedAt
    this.#runs.resolve()
    this.#runs = Promise.withResolvers()
  }

  /** Resolves when it does not stand still. */
  async running(): Promise<void> {
    if (this.#asked.size > 0) await this.#runs.promise
  }

  /** Milliseconds that the task has worked. */
  elapsedMs(): number {
    const until = this.#asked.size > 0 ? this.#askedAt : Date.now()
    return Math.max(0, until - this.#startedAt - this.#waitedMs)
  }

  /** Unix ms at which the time of the task is over, as it looks now. */
  get endsAt(): number {
    if (this.#endsAt === undefined || this.#asked.size > 0) return Number.POSITIVE_INFINITY
    return this.#endsAt + this.#waitedMs
  }
}
