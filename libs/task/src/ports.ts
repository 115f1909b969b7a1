import type { Amounts, AskDecision, Raise, Reservation, Settlement, Shortage } from './budget.ts'
import type { BudgetEntry } from './budget-ledger.ts'
import type { BudgetStanding } from './budget-standing.ts'
import type { CatalogEntry } from './catalog.ts'
import type { Delta, LogLevel, TaskEvent } from './event.ts'
import type { JournalEntry, OutcomeEntry } from './journal.ts'
import type { JsonObject } from './json.ts'
import type { Outcome } from './outcome.ts'
import type { Owner } from './principal.ts'
import type { DeadTask, FinishedTask, Page, Progress, Task, TaskDraft, TaskHead, TaskRemains } from './task.ts'
import type { ElicitQuestion, Wait } from './wait.ts'
import type { LiveWorker } from './worker.ts'

/**
 * `created`: the record exists now (invariant 2). `exists`: the id is taken. The owner has a task under the idempotency
 * key: of the same payload (`known`), or of another (`conflict`). `too_many`: as many tasks of the owner are open as may
 * be. `isWoken`: the wake-up went along.
 */
export type Creation =
  | { readonly kind: 'created' | 'exists'; readonly isWoken?: true }
  | { readonly kind: 'conflict' | 'too_many' }
  | { readonly kind: 'known'; readonly taskId: string }

/** `wake`: the task is to be woken; `told`: it goes on without that; `kept`: it does when it is resumed. */
export type Resolution = 'wake' | 'told' | 'kept' | 'not_open'

export type NotSent = 'too_many' | 'terminal' | 'gone'

/** The truth about tasks, as the engine and the wires see it. Every method is one round trip unless it says more. */
export interface TaskStore {
  /**
   * @param wake wakes the task; called at once where the wake-up can go along behind the record, in one write. Then it is
   *   added even where the task is refused, and finds nothing. Never rejects
   */
  create(draft: TaskDraft, wake?: () => Promise<void>): Promise<Creation>
  read(taskId: string): Promise<Task | undefined>
  /** Like `read`, with the outcome where there is one. */
  readOutcome(taskId: string): Promise<Task | FinishedTask | undefined>
  /** Newest first. Two round trips. @throws LonghaulError `cursor_invalid` */
  list(owner: Owner, page: { readonly cursor?: string; readonly limit: number }): Promise<Page>
  /**
   * Submitted tasks in which a question is open, of those that ask people something; those first that have not asked anything
   * new for the longest time. Some round trips.
   * @throws LonghaulError `cursor_invalid`
   */
  listAsking(page: AskingPage): Promise<Page>
  /** Newest first, at most `limit`: of the owner, or of everybody. Two round trips. */
  listDead(limit: number, owner?: Owner): Promise<readonly DeadTask[]>
  readRemains(taskId: string): Promise<TaskRemains | undefined>
  readWaits(taskId: string): Promise<readonly Wait[]>
  readJournal(taskId: string): Promise<readonly JournalEntry[]>
  /**
   * Takes the first outcome for an open wait.
   * @param ancestors the tasks above it, which show its questions
   * @param wake as for `create`: where it could go along, the resolution is not `wake`. For a task that is suspended
   */
  resolve(
    taskId: string,
    entry: OutcomeEntry,
    ancestors?: readonly string[],
    wake?: () => Promise<void>,
  ): Promise<Resolution>
  /** Notes an answer that does not fit. Returns how many that makes for this question, 0 when it is not open. */
  refuseAnswer(taskId: string, key: string, reason: string): Promise<number>
  /** `owing`: it is cancelled, and those below it are to be ended or the one above it is to be told (`close`). */
  cancel(task: Task, reason: string): Promise<'cancelled' | 'owing' | 'terminal' | 'gone'>
  /**
   * Stops it at its next step. Harmless when it is paused already.
   * @param above the task that called it, with which it is paused; `apart`: nothing happened, since that is not paused now
   */
  pause(taskId: string, above?: string): Promise<'paused' | 'apart' | 'terminal' | 'gone'>
  /**
   * `wake`: it is runnable; `told`: it goes on by itself, at its time. Harmless when it is not paused.
   * @param above the task that called it, with which it goes on; `apart`: nothing happened, since that is paused now
   */
  resume(taskId: string, above?: string): Promise<'wake' | 'told' | 'not_paused' | 'apart' | 'terminal' | 'gone'>
  /** Sends something to its model, under a key that is new. */
  steer(taskId: string, steer: { readonly key: string; readonly text: string }): Promise<'sent' | NotSent>
  /** All tasks below a root, finished ones included, as long as that is kept; oldest first. Two round trips. */
  readBelow(root: string): Promise<readonly Task[]>
  /** After the end of a task: all that was owed to those above and below it is done. */
  close(task: Task): Promise<void>
  /** The session whose streams show the task's questions from now on. */
  adopt(taskId: string, session: string): Promise<void>
  /** How the budgets stand that what a task spends counts in, that of its owner's day last. None where there is none. */
  readStandings(task: Task): Promise<readonly BudgetStanding[]>
  /** What was spent under the budget of a task; undefined where nothing was. */
  readBudget(taskId: string): Promise<BudgetState | undefined>
  /**
   * Ends the question whether a budget is raised, for all that wait for that. Two round trips.
   * @returns the tasks to be woken; undefined when the question is not open
   */
  closeAsk(raise: Raise, decision: AskDecision): Promise<readonly WakeUp[] | undefined>
  /**
   * After the end of a task: nothing is held for it any more. At most two round trips, unless others wait for that.
   * @returns tasks to be woken that have waited for it
   */
  releaseBudgets(task: Task): Promise<readonly WakeUp[]>
}

export interface AskingPage {
  /** Whose tasks; absent where they may be anybody's. */
  readonly owner?: Owner
  /** Of the tasks of others nothing is said, neither by the page nor by its cursor. */
  readonly isVisible: (owner: Owner) => boolean
  readonly cursor?: string
  readonly limit: number
}

/** How a budget stands. */
export interface BudgetState {
  readonly used: Amounts
  /** By calls under way. */
  readonly held: Amounts
  /** Every reservation, in order, with what became of it. */
  readonly ledger: readonly BudgetEntry[]
}

/** What is owed to a task whose time has come. */
export type Settled =
  | ({
      readonly kind: 'wake'
      readonly tool: string
      /** Any worker of its queue can run it. */
      readonly isPinned?: true
    } & WakeUp)
  | ({
      readonly kind: 'waits'
      readonly waits: readonly Wait[]
      /** The tasks above it. */
      readonly ancestors: readonly string[]
    } & WakeUp)
  | { readonly kind: 'removed'; readonly taskId: string }
  /** It has ended, and those above or below it may not know. */
  | { readonly kind: 'owing'; readonly taskId: string }
  /** It has failed just now, since its time is over. */
  | { readonly kind: 'timed_out'; readonly taskId: string }

export interface DueStore {
  /** Whether `sweeper` should sweep now. Spares the store needless sweeps; correctness does not rest on it. */
  isMyTurn(sweeper: string): Promise<boolean>
  /** Ids whose time has come, at most `limit` of each partition. One round trip for all partitions. */
  due(now: number, limit: number): Promise<readonly string[]>
  /** Decides by the records; harmless when two sweepers do it at once. Two round trips. */
  settle(taskIds: readonly string[]): Promise<readonly Settled[]>
  /** Moves the due time of a task that only waits. */
  defer(taskId: string, dueAt: number): Promise<void>
  /** Says in the task's status message why nobody takes it, until somebody does. */
  stall(taskId: string, reason: string): Promise<void>
}

/** The workers that live, as far as the store has heard. */
export interface WorkerRegistry {
  /** By id. Two round trips. */
  live(): Promise<readonly LiveWorker[]>
}

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
    { readonly kind: 'suspended' } | { readonly kind: 'resumed'; readonly tail: readonly JournalEntry[] } | Stale
  >
  /** Ends the task; or hands it back, where something was sent to it that this activation has not seen. */
  finish(
    write: LedgerWrite & { readonly outcome: Outcome; readonly statusMessage?: string } & Unsettled,
  ): Promise<{ readonly kind: 'finished' | 'handed_back' | 'paused' } | Stale>
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
  handBack(write: HandBack): Promise<{ readonly kind: 'handed_back' | 'paused' } | Stale>
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
export interface Saved {
  readonly kind: 'saved'
  readonly tail: readonly JournalEntry[]
  /** For each reservation in order why it was refused; absent where all were made. */
  readonly shortages?: readonly (Shortage | undefined)[]
  /** Tasks to be woken, since there is room for them in a budget now. */
  readonly woken?: readonly WakeUp[]
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

/** How a task stands with its time, which does not go on while it waits for people. Unix ms and ms. */
export interface ClockState {
  /** Waited for people so far, what they are asked now not included. */
  readonly waitedMs: number
  /** Since when they are asked something. */
  readonly askedAt?: number
  /** When its time is over, were it not for `waitedMs`; absent when it may take any time. */
  readonly endsAt?: number
}

export interface Claimed {
  readonly kind: 'claimed'
  readonly ledger: Ledger
  readonly token: string
  readonly runId: string
  readonly head: TaskHead
  readonly args: JsonObject
  readonly journal: readonly JournalEntry[]
  readonly waits: readonly Wait[]
  readonly progress?: Progress
  readonly clock: ClockState
  /** The activation before this one ended without a word: what it had begun is in doubt. */
  readonly interrupted: boolean
  /**
   * The newest incarnation of the store that has begun since the task did. It had lost its newest records by then, so
   * what was done before may be missing in the journal.
   */
  readonly amnesia?: number
}

/** A claim as its holder knows it. */
export interface HeldClaim {
  readonly taskId: string
  readonly token: string
  /** Journal records that it counts on. */
  readonly known: number
}

/** Who claims a task. */
export interface Claimant {
  readonly worker: string
  readonly leaseMs: number
  /** Name of the claim, unique; chosen by who keeps its lease from the first moment on, else random. */
  readonly runId?: string
  /** Runs nothing else in its process, so that whatever ends that was the task itself. */
  readonly isAlone?: boolean
}

/**
 * `busy`: a live lease holds the task; its holder was told to look again before it suspends. `suspect`: workers died
 * with it, so that only a claimant that is alone may have it. `dead`: too many did, and it has failed now.
 */
export type NotClaimed =
  | { readonly kind: 'busy' | 'over' }
  | { readonly kind: 'suspect'; readonly head: TaskHead }
  | { readonly kind: 'dead'; readonly deaths: number }

export interface ClaimStore {
  /** The definition that `head.pinned` of a task names. One round trip. */
  readPin(taskId: string, hash: string): Promise<string | undefined>
  claim(taskId: string, by: Claimant): Promise<Claimed | NotClaimed>
  /**
   * Prolongs the leases of claims. One round trip.
   * @returns for each how many records its journal has; undefined where it is lost (cancelled, or taken over), or not
   *   made yet.
   */
  renew(
    runs: readonly { readonly taskId: string; readonly runId: string }[],
    leaseMs: number,
  ): Promise<readonly (number | undefined)[]>
  /** After the store lost its newest records: which claims are lost with them. The others go on as if nothing was. */
  carryOver(claims: readonly HeldClaim[]): Promise<{ readonly lost: readonly string[] }>
}

/** What every process hears about a task without asking. Never the only way to learn a thing: messages may be lost. */
export interface TaskWatch {
  /** Calls `listener` for each event from now on. Resolves when the subscription is in force. */
  watch(taskId: string, listener: (event: TaskEvent | Nudge) => void): Promise<Unsubscribe>
}
/** Nothing happened to the task, but something about it is worth another look. */
export interface Nudge {
  readonly type: 'look'
}
export type Unsubscribe = () => Promise<void>

/** What the workers can run, as this process last heard. */
export interface Catalog {
  /** By name, in order. No round trip as a rule. */
  entries(): Promise<readonly CatalogEntry[]>
  find(name: string): Promise<CatalogEntry | undefined>
}

/** "Go on with this task." */
export interface WakeUp {
  readonly taskId: string
  readonly queue: string
  /** As in the task's head. */
  readonly priority?: number
}

export const toWakeUp = (taskId: string, { queue, priority }: Pick<TaskHead, 'queue' | 'priority'>): WakeUp => ({
  taskId,
  queue,
  ...(priority !== undefined && { priority }),
})

/** The one way to say it. It may come twice, and it may be lost: the sweeper adds it again. */
export interface WakeUps {
  wake(wakeUps: readonly WakeUp[]): Promise<void>
}

/** Which accounts (keys of model providers, by a hash) no worker uses at the moment. */
export interface Pauses {
  /** 0 where the account may be used. One round trip. */
  remainingMs(account: string): Promise<number>
  /** From now on; what was said before counts for nothing. One round trip. */
  pause(account: string, ms: number): Promise<void>
}

/** How many tasks are open in all, as this process last heard. */
export interface OpenTasks {
  total(): number
}
