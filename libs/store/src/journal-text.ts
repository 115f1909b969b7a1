import { createHash } from 'node:crypto'
import type { JournalEntry } from '@longhaul/task'

/** A record as the journal's list holds it, and its value where that is too large for the list. */
export interface JournalText {
  readonly text: string
  readonly large?: { readonly hash: string /** JSON. */; readonly value: string }
}

/**
 * A record as text. One whose value has more than `maxInlineBytes` begins with `{"valueHash":` and has no `value`;
 * the scripts look at that beginning, too.
 */
export function toJournalText(entry: JournalEntry, maxInlineBytes: number): JournalText {
  const text = JSON.stringify(entry)
  if (entry.type !== 'value' || Buffer.byteLength(text) <= maxInlineBytes) return { text }
  const { value: inner, ...rest } = entry
  const value = JSON.stringify(inner)
  if (Buffer.byteLength(value) <= maxInlineBytes) return { text }
  const hash = createHash('sha256').update(value).digest('base64url')
  return { text: JSON.stringify({ valueHash: hash, ...rest }), large: { hash, value } }
}

/** Records as the scripts take them: their texts, and hash, value, hash, value... of those that are kept beside them. */
export function toJournalTexts(
  entries: readonly JournalEntry[],
  maxInlineBytes: number,
): { readonly records: readonly string[]; readonly large: readonly string[] } {
  const texts = entries.map((entry) => toJournalText(entry, maxInlineBytes))
  const values = new Map(texts.flatMap(({ large }) => (large ? [[large.hash, large.value] as const] : [])))
  return { records: texts.map(({ text }) => text), large: [...values].flat() }
}

/** @throws Error when the value that the record refers to is missing */
export function parseJournalText(text: string, values: ReadonlyMap<string, string>): JournalEntry {
  const stored = JSON.parse(text) as JournalEntry | { readonly valueHash: string }
  if (!('valueHash' in stored)) return stored
  const { valueHash, ...rest } = stored
  const value = values.get(valueHash)
  if (value === undefined) throw new Error(`The journal refers to the value ${valueHash}, which is not there.`)
  return { ...rest, value: JSON.parse(value) } as JournalEntry
}

/** Values as a script gives them: hash, value, hash, value... */
export const toValues = (reply: readonly string[]): ReadonlyMap<string, string> =>
  new Map(reply.flatMap((hash, place) => (place % 2 === 0 ? [[hash, reply[place + 1] ?? ''] as const] : [])))
