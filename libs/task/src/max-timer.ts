/** The most that a timer of Node counts, ms; one that is set to more goes off at once. */
export const MAX_TIMER_MS = 2_147_483_647
