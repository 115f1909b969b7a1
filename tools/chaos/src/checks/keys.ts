import type { Check } from '../check.ts'

/** The store holds nothing that nobody will remove. */
export const keys: Check = {
  name: 'keys',
  promise: 'no key is left that no rule of keys.ts ends',
  judge: ({ keyProblems }) => ({ looked: 'all keys', problems: keyProblems.map((says) => ({ says })) }),
}
