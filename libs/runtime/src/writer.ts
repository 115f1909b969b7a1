import type { JournalEntry, Ledger, Outcome, OutcomeEntry, Wait } from '@longhaul/task'

export type Ending =
  | { readonly kind: 'suspend'; readonly dueAt: () => number }
  | { readonly kind: 'finish'; readonly outcome: Outcome }

export interface WriterOptions {
  readonly ledger: Ledger
  /** Told of records of others, in order, before any later write. */
  readonly onTail: (tail: readonly JournalEntry[]) => void
  /** The claim was lost, or the store failed us: nothing can be written any more. */
  readonly onLost: (reason: unknown) => void
}

/**
 * Collects what is to be written and writes it in as few round trips as possible, one at a time. An outcome rides
 * with the intent of the step that follows it, or with the end of the activation.
 */
export class Writer {
  readonly #options: WriterOptions
  #entries: JournalEntry[] = []
  #waits: Wait[] = []
  #tail: Promise<void> = Promise.resolve()
  #writing = 0
  #closed = false

  constructor(options: WriterOptions) {
    this.#options = options
  }

  get isDirty(): boolean {
    return this.#entries.length > 0 || this.#waits.length > 0
  }

  intent(entry: JournalEntry & { readonly type: 'intent' }): void {
    this.#entries.push(entry)
  }

  /** Adds what the code is about to hear of; returns it as it will stand in the journal. */
  outcome(entry: OutcomeEntry): OutcomeEntry {
    const placed = { ...entry, seen: this.#options.ledger.known }
    this.#entries.push(placed)
    return placed
  }

  wait(wait: Wait): void {
    this.#waits.push(wait)
  }

  /** Resolves when all that was added before the call is saved; never, when the claim is lost. */
  async saved(): Promise<void> {
    // What the same piece of code adds after this call rides along.
    await Promise.resolve()
    if (!this.isDirty && this.#writing === 0 && !this.#closed) return
    await this.look()
  }

  /** Saves what there is, if anything, and learns what others have appended. */
  look(): Promise<void> {
    return this.#inTurn(async () => {
      const written = await this.#options.ledger.save(this.#take())
      if (written.kind === 'stale') return this.#lose('stale')
      this.#options.onTail(written.tail)
    })
  }

  /** Ends the activation, unless it was to be suspended and has something to go on with. */
  end(ending: Ending): Promise<'ended' | 'resumed'> {
    return this.#inTurn(async () => {
      const { ledger } = this.#options
      const write = this.#take()
      if (ending.kind === 'finish') {
        const finished = await ledger.finish({ ...write, outcome: ending.outcome })
        if (finished.kind === 'stale') return this.#lose('stale')
        this.#closed = true
        return 'ended'
      }
      const suspended = await ledger.suspend({ ...write, dueAt: ending.dueAt() })
      if (suspended.kind === 'stale') return this.#lose('stale')
      if (suspended.kind === 'resumed') {
        this.#options.onTail(suspended.tail)
        return 'resumed'
      }
      this.#closed = true
      return 'ended'
    })
  }

  close(): void {
    this.#closed = true
  }

  #take(): { entries: JournalEntry[]; waits: Wait[] } {
    const write = { entries: this.#entries, waits: this.#waits }
    this.#entries = []
    this.#waits = []
    return write
  }

  /** Once the writer is closed nothing that waits for its turn ever settles (invariant 6). */
  #inTurn<T>(write: () => Promise<T>): Promise<T> {
    this.#writing++
    const result = this.#tail.then(async (): Promise<T> => {
      if (this.#closed) return never<T>()
      try {
        return await write()
      } catch (error) {
        return this.#lose(error)
      } finally {
        this.#writing--
      }
    })
    this.#tail = result.then(() => {})
    return result
  }

  #lose<T>(reason: unknown): Promise<T> {
    this.#closed = true
    this.#options.onLost(reason)
    return never<T>()
  }
}

const never = <T>(): Promise<T> => new Promise<T>(() => {})
