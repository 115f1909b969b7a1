import type { Amounts, AskDecision, Raise } from '../budget.ts'
import type { BudgetEntry } from '../budget-ledger.ts'
import type { BudgetStanding } from '../budget-standing.ts'
import type { JournalEntry, OutcomeEntry } from '../journal.ts'
import type { Owner } from '../principal.ts'
import type { DeadTask, FinishedTask, Page, Task, TaskDraft, TaskRemains } from '../task.ts'
import type { Wait } from '../wait.ts'
import type { WakeUp } from './wake-ups.ts'

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
  /**
   * Tells a task that was ended what calls of it came to that it had not heard of, as long as something is owed after its end.
   * Nothing happens when its journal has more records than are known.
   */
  hear(taskId: string, entries: readonly OutcomeEntry[], known: number): Promise<void>
  /** Notes an answer that does not fit. Returns how many that makes for this question, 0 when it is not open. */
  refuseAnswer(taskId: string, key: string, reason: string): Promise<number>
  /** `owing`: it is cancelled, and those below it are to be ended or the one above it is to be told (`close`). */
  cancel(task: Task, reason: string): Promise<'cancelled' | 'owing' | 'terminal' | 'gone'>
  /**
   * Stops it at its next step. Harmless when it is paused already.
   * @param above the task that called it, with which it is paused; `apart`: nothing happened, since that is not paused now
   * @returns `full`: nothing happened, since its journal has as many records as it may have, and somebody runs it
   */
  pause(taskId: string, above?: string): Promise<'paused' | 'apart' | 'full' | 'terminal' | 'gone'>
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
