import type { Raise, Reservation, Settlement, Shortage } from '../budget.ts'
import type { Delta, LogLevel } from '../event.ts'
import type { JournalEntry } from '../journal.ts'
import type { Outcome } from '../outcome.ts'
import type { Progress, TaskDraft } from '../task.ts'
import type { ElicitQuestion, Wait } from '../wait.ts'
import type { WakeUp } from './wake-ups.ts'

/** One activation's fenced hand on its task. After `stale` nothing can be written through it any more (invariant 5). */
export interface Ledger {
  /** Journal records that this hand knows of: read, written, or learnt as a `tail`. */
  readonly known: number
  /** Their bytes, and those of the large values that they refer to. */
  readonly journalBytes: number
  /** Once it has finished the task: those below it are to be ended, or the one above it is to be told. */
  readonly isOwing: boolean
  /** Appends records and opens waits, or just looks when both are empty. `tail`: records of others that this activation had not seen, in order. */
  save(write: LedgerWrite): Promise<Saved | Stale>
  /** Ends the activation, unless a wait was resolved meanwhile: then it goes on with `tail`. */
  suspend(
    write: LedgerWrite & { readonly dueAt: number } & Unsettled,
  ): Promise<
    | ({ readonly kind: 'suspended' } & Woken)
    | ({ readonly kind: 'resumed'; readonly tail: readonly JournalEntry[] } & Woken)
    | Stale
  >
  /** Ends the task; or hands it back, where something was sent to it that this activation has not seen. */
  finish(
    write: LedgerWrite & { readonly outcome: Outcome; readonly statusMessage?: string } & Unsettled,
  ): Promise<({ readonly kind: 'finished' | 'handed_back' | 'paused' } & Woken) | Stale>
  /** Gives a wait the outcome of its deadline, unless it has one: whichever was first is in the tail of the next write. */
  expire(wait: Wait): Promise<void>
  /** Gives a wait an outcome of null, unless it has one: what it is for is of no interest any more. */
  withdraw(wait: Wait): Promise<void>
  /**
   * Waits for room in a budget, or for somebody to raise it, unless there is room now. `reserved`: there is. `waits`: the
   * wait is open. `again`: it is not as `shortage` says any more.
   */
  awaitBudget(request: BudgetRequest): Promise<{ readonly kind: 'reserved' | 'waits' | 'again' } | Stale>
  /** Nobody has answered the question in time. @returns the tasks to be woken */
  giveUpAsk(raise: Raise): Promise<readonly WakeUp[]>
  /**
   * Ends the activation with nothing decided: any worker may go on, and in `dueInMs` one is sent for; or nobody, where the
   * task is `paused`.
   */
  handBack(write: HandBack): Promise<({ readonly kind: 'handed_back' | 'paused' } & Woken) | Stale>
  /** Ignored unless it is more than the last. */
  progress(progress: Progress): Promise<void>
  log(level: LogLevel, data: unknown, logger?: string): Promise<void>
  /** Tells whoever follows the task live; it is kept nowhere. */
  delta(delta: Delta): Promise<void>
  /** Says to the client that what an elicitation by URL was for has been done. */
  elicited(elicitationId: string): Promise<void>
  /** Says to whoever subscribed to it that what is behind the URI has changed. */
  resourceUpdated(uri: string): Promise<void>
}

export interface LedgerWrite {
  readonly entries: readonly JournalEntry[]
  readonly waits: readonly Wait[]
  /** The children that waits among these are for; they are made in the same breath. */
  readonly children?: readonly TaskDraft[]
  /** Counted in all budgets that the task is under, those before these. */
  readonly settlements?: readonly Settlement[]
  /** Only in a save; each is made in all budgets that the task is under, or in none. */
  readonly reservations?: readonly Reservation[]
}

export interface Woken {
  /** Tasks to be woken, since what was written lets go of something in a budget, and there is room for them now. */
  readonly woken?: readonly WakeUp[]
}

export interface Saved extends Woken {
  readonly kind: 'saved'
  readonly tail: readonly JournalEntry[]
  /** For each reservation in order why it was refused; absent where all were made. */
  readonly shortages?: readonly (Shortage | undefined)[]
}

/** A call that there is no room for in a budget. */
export interface BudgetRequest {
  readonly reservation: Reservation
  readonly shortage: Shortage
  /** Opened in the task. It comes to `isOver` before its deadline when it is worth trying again. */
  readonly wait: Extract<Wait, { wait: 'timer' }>
  /** What people are asked, unless they are already. Absent where it passes. */
  readonly question?: ElicitQuestion
}

export interface Unsettled {
  /** Something was begun of which nobody knows what it came to, and the journal does not say so. */
  readonly isInterrupted?: boolean
}

export interface HandBack extends LedgerWrite, Unsettled {
  readonly dueInMs: number
  /** Why nobody takes the task, for its status message until somebody does. */
  readonly reason?: string
}

export interface Stale {
  readonly kind: 'stale'
}
