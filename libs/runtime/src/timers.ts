/** Longest delay that Node's timers take; no activation lasts that long. */
const LONGEST_MS = 2 ** 31 - 1

/** The timers that an activation waits for while it runs. */
export class Timers {
  readonly #timers = new Map<string, NodeJS.Timeout>()

  /** `elapse` is called at `deadline` (Unix ms), unless it is cleared before. */
  set(key: string, deadline: number, elapse: () => void): void {
    const ms = deadline - Date.now()
    if (ms <= LONGEST_MS) this.#timers.set(key, setTimeout(elapse, Math.max(ms, 0)))
  }

  clear(key: string): void {
    clearTimeout(this.#timers.get(key))
    this.#timers.delete(key)
  }

  clearAll(): void {
    for (const key of this.#timers.keys()) this.clear(key)
  }
}
