import type { Check } from '../check.ts'

/** Nobody takes a restart of the store for a loss: tasks would be let go, and people asked about steps, for nothing. */
export const continuity: Check = {
  name: 'continuity',
  promise: 'a store that was restarted with all it had is not taken for one that lost something',
  judge: ({ faults, losses }) => ({
    looked: `${faults.filter(({ planned }) => planned.kind.endsWith('-store')).length} restarts of the store`,
    problems: losses === 0 ? [] : [{ says: `it was taken ${losses} times that the store had lost something` }],
  }),
}
