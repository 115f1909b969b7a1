/** Longest delay that Node's timers take; no activation lasts that long. */
const LONGEST_MS = 2 ** 31 - 1

/** The deadlines that an activation waits for while it runs. */
export class Timers {
  readonly #timers: NodeJS.Timeout[] = []

  /** Calls `elapse` at `deadline` (Unix ms). */
  add(deadline: number, elapse: () => void): void {
    const ms = Math.max(0, deadline - Date.now())
    if (ms <= LONGEST_MS) this.#timers.push(setTimeout(elapse, ms))
  }

  clear(): void {
    for (const timer of this.#timers.splice(0)) clearTimeout(timer)
  }
}
