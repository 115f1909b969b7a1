import type { Check } from '../check.ts'

/** Nothing ends by itself, and everything ends when it is asked to. */
export const processes: Check = {
  name: 'processes',
  promise: 'no process ends unasked, each ends with 0 when it is asked to, and no coordinator says what it should not',
  judge: ({ processes: seen, exits, clientProblems }) => ({
    looked: `${seen.length} processes`,
    problems: [
      ...seen.flatMap(({ name, pid, endedUnasked }) =>
        endedUnasked === undefined ? [] : [{ says: `${name} (process ${pid}) ended by itself: ${endedUnasked}` }],
      ),
      ...exits.flatMap(({ name, code }) =>
        code === 0 ? [] : [{ says: `${name} was asked to end and did so with ${code}` }],
      ),
      ...clientProblems.map((says) => ({ says })),
    ],
  }),
}
