import { createHash } from 'node:crypto'
import { isOutcome, type JournalEntry } from '@longhaul/task'
import { parseJournalText } from './journal-text.ts'

/** What claim.lua compares with the journal: the hash of its records from `from` to the last of `length`. */
export interface Proof {
  readonly length: number
  readonly from: number
  readonly digest: string
}

/** A task's journal as this process knows it: its records as text, in order, and the large values they refer to. */
export class JournalCopy {
  readonly #records: string[] = []
  readonly #values = new Map<string, string>()
  #bytes = 0

  get length(): number {
    return this.#records.length
  }

  get bytes(): number {
    return this.#bytes
  }

  hasValue(hash: string): boolean {
    return this.#values.has(hash)
  }

  append(records: Iterable<string>, values: Iterable<readonly [hash: string, value: string]>): void {
    for (const record of records) {
      this.#records.push(record)
      this.#bytes += Buffer.byteLength(record)
    }
    for (const [hash, value] of values) {
      if (this.#values.has(hash)) continue
      this.#values.set(hash, value)
      this.#bytes += Buffer.byteLength(value)
    }
  }

  /** The same once more, to be appended to on its own. */
  clone(): JournalCopy {
    const clone = new JournalCopy()
    for (const record of this.#records) clone.#records.push(record)
    for (const [hash, value] of this.#values) clone.#values.set(hash, value)
    clone.#bytes = this.#bytes
    return clone
  }

  entries(): JournalEntry[] {
    return this.#records.map((record) => parseJournalText(record, this.#values))
  }

  /**
   * Reaches back to the newest record that an activation wrote. A store that went back in time cannot get that one
   * again, nor anything before it, since its writer is fenced off; what others had sent may come again.
   */
  proof(): Proof {
    const from = Math.max(this.#records.findLastIndex(isOwn), 0)
    const digest = createHash('sha1').update(this.#records.slice(from).join('\n')).digest('hex')
    return { length: this.length, from, digest }
  }
}

/** Whether an activation wrote it: how an attempt stands, or an outcome that says what the activation knew. */
function isOwn(record: string): boolean {
  const entry = JSON.parse(record) as JournalEntry
  return !isOutcome(entry) || entry.seen !== undefined
}
