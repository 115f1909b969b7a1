import type { JournalEntry, LedgerWrite, StepKind, Wait } from '@longhaul/task'
import type { JournalCache, KnownTask } from './journal-cache.ts'
import { parseJournalText, toJournalText, toValues } from './journal-text.ts'
import { toWaitValue } from './wait-value.ts'

const TIMER_KINDS: ReadonlySet<StepKind> = new Set(['sleep', 'retry', 'timeout', 'budget'])
/** Records that are appended without looking further; more would be too many arguments for one command. */
const MOST_PLAIN_RECORDS = 1000

/** A write as it goes out. */
export interface Sent {
  readonly records: readonly string[]
  /** Those that the store may not have yet, by hash. */
  readonly values: ReadonlyMap<string, string>
  /** Keys of those that the activation ended itself. */
  readonly timers: readonly string[]
  readonly waits: readonly Wait[]
}

/** What scripts answer that write: the records of others, their large values, how many of its own were appended. */
export type Written = readonly [kind: string, tail: string[], large: string[], appended: number, ...more: unknown[]]

/** Whether nothing but records is written. */
export const isPlain = ({ records, values, timers, waits }: Sent): boolean =>
  waits.length + values.size + timers.length === 0 && records.length > 0 && records.length <= MOST_PLAIN_RECORDS

/** A task's journal as a claim knows it: each write counts on what the last one learnt. */
export class ClaimedJournal {
  readonly #task: KnownTask
  readonly #maxInlineBytes: number
  #length: number
  /** Whether the copy of the journal is in the order of the journal. */
  #isInOrder = true

  /** @param task as it was claimed; its journal grows with what this claim writes and learns */
  constructor(task: KnownTask, { maxInlineBytes }: { readonly maxInlineBytes: number }) {
    this.#task = task
    this.#maxInlineBytes = maxInlineBytes
    this.#length = task.journal.length
  }

  /** Records that it knows. */
  get length(): number {
    return this.#length
  }

  get bytes(): number {
    return this.#task.journal.bytes
  }

  toSent({ entries, waits }: LedgerWrite): Sent {
    const { journal } = this.#task
    const texts = entries.map((entry) => toJournalText(entry, this.#maxInlineBytes))
    const values = new Map(
      texts.flatMap(({ large }) => (large && !journal.hasValue(large.hash) ? [[large.hash, large.value]] : [])),
    )
    const records = texts.map(({ text }) => text)
    const timers = entries.filter(({ kind }) => TIMER_KINDS.has(kind)).map(({ key }) => key)
    return { records, values, timers, waits }
  }

  /** As `write` of prelude.lua reads it. */
  toArgs({ records, values, timers, waits }: Sent): (string | number)[] {
    return [
      this.#length,
      records.length,
      ...records,
      waits.length,
      ...waits.flatMap((wait) => [wait.key, toWaitValue(wait)]),
      values.size,
      ...[...values].flat(),
      timers.length,
      ...timers,
    ]
  }

  /** Takes in what a write came to. @returns the records of others */
  learn({ records, values }: Sent, [, tail, large, appended]: Written): JournalEntry[] {
    const valuesOfTail = toValues(large)
    this.append(tail, valuesOfTail)
    this.append(records, values)
    // A write that came twice does not say where among the records of others its own stand.
    if (appended < records.length) this.#isInOrder = false
    return tail.map((text) => parseJournalText(text, valuesOfTail))
  }

  /** Takes in records that stand after all that it knows. */
  append(records: readonly string[], values: Iterable<readonly [hash: string, value: string]> = []): void {
    this.#length += records.length
    this.#task.journal.append(records, values)
  }

  /** Keeps what is known for the next claim of this process. */
  keepIn(cache: JournalCache, taskId: string): void {
    if (this.#isInOrder) cache.keep(taskId, this.#task)
    else cache.forget(taskId)
  }
}
