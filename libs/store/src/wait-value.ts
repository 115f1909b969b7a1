import type { Wait } from '@longhaul/task'

/**
 * A wait as its hash holds it: `q` for a question or `t` for a timer and the deadline, which the scripts look at, then
 * its JSON.
 */
export const toWaitValue = (wait: Wait): string =>
  `${wait.wait === 'question' ? 'q' : 't'}${Math.ceil(wait.deadline)}${JSON.stringify(wait)}`

export const parseWaitValue = (value: string): Wait => JSON.parse(value.slice(value.indexOf('{'))) as Wait
