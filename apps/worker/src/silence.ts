const MOST_LOOKS_MS = 1000
/** Looks in the longest silence, at least. */
const LOOKS = 4

/** How long somebody has not been heard. Time in which nobody listened, because the whole process stood still, is not counted. */
export class Silence {
  /** How often it is to be looked at. */
  readonly lookEveryMs: number
  readonly #longestMs: number
  #silentMs = 0
  #lookedAt = performance.now()

  constructor(longestMs: number) {
    this.#longestMs = longestMs
    this.lookEveryMs = Math.min(longestMs / LOOKS, MOST_LOOKS_MS)
  }

  /** How long it is by now, as far as it was looked at. */
  get ms(): number {
    return this.#silentMs
  }

  /** Somebody was heard. */
  end(): void {
    this.#silentMs = 0
  }

  isTooLong(): boolean {
    const now = performance.now()
    this.#silentMs += Math.min(now - this.#lookedAt, 2 * this.lookEveryMs)
    this.#lookedAt = now
    return this.#silentMs > this.#longestMs
  }
}
