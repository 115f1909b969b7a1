import type { Check } from '../check.ts'

/** What is over goes when its time has come. */
export const retention: Check = {
  name: 'retention',
  promise: 'nothing is left of a task after its retention',
  judge: ({ shortLived: { tasks, remains } }) => ({
    looked: `${tasks} short-lived tasks`,
    problems: remains.map((key) => ({ says: `${key} is left` })),
  }),
}
