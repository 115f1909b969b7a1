import type {
  Aborted,
  BudgetRequest,
  HandBack,
  Intent,
  JournalEntry,
  Ledger,
  LedgerWrite,
  Outcome,
  OutcomeEntry,
  Raise,
  Reservation,
  Saved,
  Settlement,
  Shortage,
  Stale,
  Taken,
  TaskDraft,
  Wait,
  WakeUp,
  Woken,
} from '@longhaul/task'
import { never } from './never.ts'

export interface WriterOptions {
  readonly ledger: Ledger
  /** Told of records of others, in order, before any later write. */
  readonly onTail: (tail: readonly JournalEntry[]) => void
  /** Told of children that are made now. */
  readonly onChildren: (children: readonly TaskDraft[]) => void
  /** Told of tasks that can go on now, since there is room for them in a budget. */
  readonly onWoken: (woken: readonly WakeUp[]) => void
  /** Nothing can be written any more: the claim was lost, or the store failed with `error`. */
  readonly onLost: (error?: unknown) => void
}

/**
 * Collects what is to be written and writes it in as few round trips as possible, one at a time. An outcome rides
 * with the intent of the step that follows it, or with the end of the activation. Once it is closed nothing is written.
 */
export class Writer {
  readonly #options: WriterOptions
  #entries: JournalEntry[] = []
  #waits: Wait[] = []
  #children: TaskDraft[] = []
  #settlements: Settlement[] = []
  #reservations: Asked[] = []
  /** The newest write that has its place in the queue. */
  #newest: Promise<unknown> = Promise.resolve()
  /** A save in the queue that has not taken its records yet. */
  #nextSave: Promise<void> | undefined
  #isClosed = false

  constructor(options: WriterOptions) {
    this.#options = options
  }

  get isDirty(): boolean {
    return this.#entries.length > 0 || this.#waits.length > 0 || this.#settlements.length > 0
  }

  /** Adds how an attempt stands. */
  attempt(entry: Intent | Aborted | Taken): void {
    this.#entries.push(entry)
  }

  /** Adds what the code is about to hear of; returns it as it will stand in the journal. */
  outcome(entry: OutcomeEntry): OutcomeEntry {
    const placed = { ...entry, seen: this.#options.ledger.known }
    this.#entries.push(placed)
    return placed
  }

  /** @param child the task that it is for, where that is to be made */
  wait(wait: Wait, child?: TaskDraft): void {
    this.#waits.push(wait)
    if (child) this.#children.push(child)
  }

  /** Adds what a call took, for which something was reserved; to be called beside `outcome` or `attempt`. */
  settle(settlement: Settlement): void {
    this.#settlements.push(settlement)
  }

  /** Reserves something, with all that was added before. Resolves to why there is no room, where there is none. */
  async reserve(reservation: Reservation): Promise<Shortage | undefined> {
    const { promise, resolve } = Promise.withResolvers<Shortage | undefined>()
    this.#reservations.push({ reservation, resolve })
    // What the same piece of code adds after this call rides along.
    await Promise.resolve()
    void this.look()
    return promise
  }

  /** Waits for room in a budget; see the ledger. */
  awaitBudget(request: BudgetRequest): Promise<{ readonly kind: 'reserved' | 'waits' | 'again' }> {
    return this.#inTurn(async () => {
      const reply = await this.#options.ledger.awaitBudget(request).catch((error: unknown) => this.#lose<Stale>(error))
      return reply.kind === 'stale' ? this.#lose() : { kind: reply.kind }
    })
  }

  /** Nobody has answered whether a budget is raised. */
  giveUpAsk(raise: Raise): Promise<void> {
    return this.#inTurn(async () => {
      const { ledger, onWoken } = this.#options
      onWoken(await ledger.giveUpAsk(raise).catch((error: unknown) => this.#lose<readonly WakeUp[]>(error)))
    })
  }

  /** Resolves when all that was added before the call is saved; without a round trip when it is already. */
  async saved(): Promise<void> {
    // What the same piece of code adds after this call rides along.
    await Promise.resolve()
    if (this.isDirty) await this.look()
    else await this.#newest
  }

  /** Saves what there is, if anything, and learns what others have appended. */
  look(): Promise<void> {
    this.#nextSave ??= this.#inTurn(async () => {
      this.#nextSave = undefined
      const asked = this.#reservations
      this.#reservations = []
      const reservations = asked.map(({ reservation }) => reservation)
      const { shortages } = await this.#write<Saved>((write) => this.#options.ledger.save({ ...write, reservations }))
      for (const [place, { resolve }] of asked.entries()) resolve(shortages?.[place])
    })
    return this.#nextSave
  }

  /**
   * Ends the activation and waits until `until()`, which is asked when all earlier writes are done. Resolves to
   * whether it has ended: not when `until` gives undefined, nor when there is something to go on with.
   */
  suspend(until: () => number | undefined): Promise<boolean> {
    return this.#inTurn(async () => {
      const dueAt = until()
      if (dueAt === undefined) return false
      const { kind } = await this.#write((write) => this.#options.ledger.suspend({ ...write, dueAt }))
      if (kind === 'suspended') this.close()
      return kind === 'suspended'
    })
  }

  /** Gives a wait the outcome of its deadline, unless somebody was quicker, and learns which it is. */
  expire(wait: Wait): Promise<void> {
    return this.#inTurn(async () => {
      // It may not have been opened yet.
      if (this.isDirty) await this.#write((write) => this.#options.ledger.save(write))
      await this.#options.ledger.expire(wait).catch((error: unknown) => this.#lose(error))
      await this.#write((write) => this.#options.ledger.save(write))
    })
  }

  /**
   * Ends the activation for another worker to go on, if `how()` still says so when all earlier writes are done.
   * Resolves to what has become of the task; undefined when the activation has not ended.
   */
  handBack(how: () => Omit<HandBack, keyof LedgerWrite> | undefined): Promise<'handed_back' | 'paused' | undefined> {
    return this.#inTurn(async () => {
      const terms = how()
      if (!terms) return undefined
      const { kind } = await this.#write((write) => this.#options.ledger.handBack({ ...write, ...terms }))
      this.close()
      return kind
    })
  }

  /** Ends the task, or what `orElse()` gives when all earlier writes are done. Resolves to what has become of it. */
  finish(
    outcome: Outcome,
    orElse: () => Omit<HandBack, keyof LedgerWrite> | undefined,
  ): Promise<'finished' | 'handed_back' | 'paused'> {
    return this.#inTurn(async () => {
      const terms = orElse()
      const { ledger } = this.#options
      const { kind } = await this.#write((write) =>
        terms ? ledger.handBack({ ...write, ...terms }) : ledger.finish({ ...write, outcome }),
      )
      this.close()
      return kind
    })
  }

  close(): void {
    this.#isClosed = true
  }

  #inTurn<T>(write: () => Promise<T>): Promise<T> {
    const result = this.#newest.then(() => (this.#isClosed ? never<T>() : write()))
    this.#newest = result
    return result
  }

  async #write<R extends { readonly kind: string; readonly tail?: readonly JournalEntry[] } & Woken>(
    send: (write: LedgerWrite) => Promise<R | Stale>,
  ): Promise<R> {
    const settlements = this.#settlements
    const write = { entries: this.#entries, waits: this.#waits, children: this.#children, settlements }
    if (settlements.length > 0) this.#settlements = []
    this.#entries = []
    this.#waits = []
    if (this.#children.length > 0) this.#children = []
    const reply = await send(write).catch((error: unknown) => this.#lose<R>(error))
    if (isStale(reply)) return this.#lose()
    if (reply.woken && reply.woken.length > 0) this.#options.onWoken(reply.woken)
    if (write.children.length > 0) this.#options.onChildren(write.children)
    if (reply.tail) this.#options.onTail(reply.tail)
    return reply
  }

  #lose<T>(error?: unknown): Promise<T> {
    if (!this.#isClosed) {
      this.#isClosed = true
      this.#options.onLost(error)
    }
    return never()
  }
}

/** A reservation that is to be made, and who waits to hear of it. */
interface Asked {
  readonly reservation: Reservation
  readonly resolve: (shortage: Shortage | undefined) => void
}

const isStale = (reply: { readonly kind: string }): reply is Stale => reply.kind === 'stale'
