import { MAX_TIMER_MS } from '@longhaul/task'

/** Time that an attempt may take; 0 is no limit. */
export interface TimeLimit {
  readonly ms: number
  /** What to change where it is too short. */
  readonly setBy: string
}

/** What was declared, else the setting. @throws Error when it is no time that a timer can count */
export function toTimeLimit(timeoutMs: number | undefined, setting: TimeLimit): TimeLimit {
  if (timeoutMs === undefined) return setting
  if (timeoutMs >= 0 && timeoutMs <= MAX_TIMER_MS) return { ms: timeoutMs, setBy: 'timeoutMs' }
  throw new Error(
    `A timeout of ${timeoutMs} ms is not possible: it must be a number from 0 (no limit) to ${MAX_TIMER_MS}.`,
  )
}

/** The deadlines that an activation waits for while it runs. */
export class Timers {
  readonly #timers = new Set<NodeJS.Timeout>()

  /** Calls `elapse` when `deadline` (Unix ms) is over. @returns how to take that back */
  add(deadline: number, elapse: () => void): () => void {
    // A timer of Node counts by another clock, and can be a millisecond ahead of this one.
    const ms = Math.max(0, deadline - Date.now()) + 1
    if (ms > MAX_TIMER_MS) return () => {}
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      elapse()
    }, ms)
    this.#timers.add(timer)
    return () => {
      clearTimeout(timer)
      this.#timers.delete(timer)
    }
  }

  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}
