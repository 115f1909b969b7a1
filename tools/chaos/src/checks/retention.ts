import type { Check } from '../check.ts'

/** What is over goes when its time has come. */
export const retention: Check = {
  name: 'retention',
  promise: 'nothing is left of a task after its retention',
  judge: ({ size, shortLived: { tasks, remains } }) => ({
    looked: `${tasks} short-lived tasks`,
    problems: [
      ...(tasks === size.shortLived ? [] : [{ says: `there were ${tasks} of ${size.shortLived} such tasks` }]),
      ...remains.map((key) => ({ says: `${key} is left` })),
    ],
  }),
}
