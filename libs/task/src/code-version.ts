import type { JournalEntry, OutcomeEntry } from './journal.ts'
import type { TaskHead } from './task.ts'

/**
 * What is done about a task that has begun with a version of its tool that nobody offers any more: it goes on with the
 * one that there is, a person is asked, or it fails.
 */
export type OnCodeChange = 'continue' | 'ask' | 'fail'

/** Of all that a journal says of the code of its task; no key of a user's can begin so. */
const CODE_KEY = '!code'

/** The task goes on with this version from here on. */
export const codeRecord = (version: string): OutcomeEntry => ({
  type: 'value',
  key: CODE_KEY,
  kind: 'code',
  input: '',
  at: Date.now(),
  value: version,
})

/** Key of the `nth` question whether the task should go on with other code, from 1. */
export const codeQuestionKey = (nth: number): string => `${CODE_KEY}!${nth}`

/** Whether a record, or a wait, is about the code of the task, and none of a step of that. */
export const isAboutCode = ({ key }: { readonly key: string }): boolean => key.startsWith(CODE_KEY)

/** With which version of its tool a task has got as far as it is; undefined where that has none. */
export function codeVersionOf(head: TaskHead, journal: readonly JournalEntry[]): string | undefined {
  const last = lastCodeRecord(journal)
  return last?.type === 'value' ? String(last.value) : head.version
}

/** Whether it has gone on with another version than it began with. */
export const hasMixedCode = (journal: readonly JournalEntry[]): boolean => lastCodeRecord(journal) !== undefined

const lastCodeRecord = (journal: readonly JournalEntry[]): JournalEntry | undefined =>
  journal.findLast(({ kind }) => kind === 'code')
