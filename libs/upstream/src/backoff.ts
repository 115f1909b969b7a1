/** Pauses between two attempts double from the first to the longest, so that a broken server costs little. */
const FIRST_PAUSE_MS = 250
const LONGEST_PAUSE_MS = 15_000

/** How long to wait before the next attempt, in milliseconds. @param failures that there were in a row */
export const pauseAfter = (failures: number): number =>
  failures === 0 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** (failures - 1), LONGEST_PAUSE_MS)
