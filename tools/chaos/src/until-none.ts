import { setTimeout as delay } from 'node:timers/promises'

/** Time that wake-ups of ended tasks, and removals, have to be done. */
const SETTLE_MS = 15_000
const LOOK_MS = 250

/** Looks until nothing is found any more. Resolves to what is still found when that takes too long. */
export async function untilNone<T>(find: () => Promise<readonly T[]>, signal: AbortSignal): Promise<readonly T[]> {
  const since = Date.now()
  for (;;) {
    const found = await find()
    if (found.length === 0 || Date.now() - since > SETTLE_MS) return found
    await delay(LOOK_MS, undefined, { signal })
  }
}
