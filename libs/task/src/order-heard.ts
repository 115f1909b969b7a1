import { isOutcome, type JournalEntry } from './journal.ts'

/**
 * Records in the order in which the code heard of outcomes, which is that of the journal but for one case: an
 * activation goes on with an outcome before it is saved, so what others appended in between was heard later (`seen`).
 */
export function inOrderHeard(entries: readonly JournalEntry[]): JournalEntry[] {
  const places = entries.map((entry, place) => ({ entry, place: placeHeard(entry, place) }))
  return places.sort((a, b) => a.place - b.place).map(({ entry }) => entry)
}

/** Before the record that stood next when the activation went on. */
const placeHeard = (entry: JournalEntry, place: number): number =>
  isOutcome(entry) && entry.seen !== undefined ? entry.seen - 0.5 : place
