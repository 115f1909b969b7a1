import { hash } from 'node:crypto'
import type { Json } from '@longhaul/task'

/** The top-level call itself, as a step that can be in doubt. No key of a user's can be this. */
export const RUN_KEY = '!run'

/** @throws Error when the key is too long, or could be taken for one that the runtime makes */
export function checkKey(key: string, mostCharacters: number): string {
  if (key.length === 0 || key.length > mostCharacters || /[/!#\s]/.test(key)) {
    throw new Error(
      `The step key '${key}' must be 1 to ${mostCharacters} characters (LONGHAUL_MAX_STEP_KEY_CHARACTERS) without spaces, '/', '!' and '#'.`,
    )
  }
  return key
}

/** Key of the question whether attempt `attempt` of a step should be made again. */
export const doubtKey = (key: string, attempt: number): string => `${key}!${attempt}`

/** Key of the pause after attempt `attempt` of a step, which failed. */
export const retryKey = (key: string, attempt: number): string => `${key}!r${attempt}`

/** The step and the attempt that a key of `retryKey` is about. */
export function parseRetryKey(key: string): { readonly step: string; readonly attempt: number } {
  const mark = key.lastIndexOf('!r')
  return { step: key.slice(0, mark), attempt: Number(key.slice(mark + 2)) }
}

/** Key of timer `number` that limits the time of a call. */
export const timeoutKey = (key: string, number: number): string => `${key}!t${number}`

/** The call and the number that a key of `timeoutKey` is about. */
export function parseTimeoutKey(key: string): { readonly step: string; readonly number: number } {
  const mark = key.lastIndexOf('!t')
  return { step: key.slice(0, mark), number: Number(key.slice(mark + 2)) }
}

/** Key of wait `number` of a step for room in a budget. */
export const budgetKey = (key: string, number: number): string => `${key}!b${number}`

/** The step and the number that a key of `budgetKey` is about. */
export function parseBudgetKey(key: string): { readonly step: string; readonly number: number } {
  const mark = key.lastIndexOf('!b')
  return { step: key.slice(0, mark), number: Number(key.slice(mark + 2)) }
}

const OUTERMOST: readonly string[] = ['']

/** Prefixes of the scopes that a step is in, outermost first: for `a/b/c` they are ``, `a/` and `a/b/`. */
export function prefixesOf(key: string): readonly string[] {
  if (key.startsWith(RUN_KEY)) return []
  if (!key.includes('/')) return OUTERMOST
  const names = key.split('/')
  return names.map((_, depth) =>
    names
      .slice(0, depth)
      .map((name) => `${name}/`)
      .join(''),
  )
}

/** Whether it is the key of a call of the tool whose keys begin with `prefix`: not of one inside, nor of the runtime's own. */
export const isDirectlyIn = (prefix: string, key: string): boolean =>
  key.startsWith(prefix) && !/[/!]/.test(key.slice(prefix.length))

export const hashInput = (input: Json | undefined): string =>
  input === undefined ? '' : hash('sha256', JSON.stringify(input), 'base64url').slice(0, 12)
