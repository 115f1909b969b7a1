import type { Wait } from '@longhaul/task'

/** A question of a task below is one to the scripts. */
const MARKS = { question: 'q', relayed: 'q', timer: 't', child: 'c' } as const satisfies Record<Wait['wait'], string>

/** A wait as its hash holds it: the mark of its kind and the deadline, which the scripts look at, then its JSON. */
export const toWaitValue = (wait: Wait): string =>
  `${MARKS[wait.wait]}${Math.ceil(wait.deadline)}${JSON.stringify(wait)}`

export const parseWaitValue = (value: string): Wait => JSON.parse(value.slice(value.indexOf('{'))) as Wait
