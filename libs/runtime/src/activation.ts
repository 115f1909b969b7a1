import {
  type Amounts,
  type Audience,
  accountsOf,
  type Claimed,
  Conversations,
  dailyBudgetOf,
  type InDoubt,
  isOutcome,
  type Json,
  type Ledger,
  type Outcome,
  type OutcomeEntry,
  type Said,
  type Settings,
  type Taken,
  type TaskDraft,
  type TaskHead,
  type TraceContext,
  type Wait,
  type WakeUp,
} from '@longhaul/task'
import { AttemptLog } from './attempt-log.ts'
import { Calls } from './calls.ts'
import { DeltaSender } from './delta-sender.ts'
import { hasCause, toFailure } from './errors.ts'
import { Fitting } from './fitting.ts'
import { Journal, type StepIdentity } from './journal.ts'
import { LazyAbort } from './lazy-abort.ts'
import { checkParallel, checkRoom, checkWaits, toJson, toKeptFailure } from './limits.ts'
import { never } from './never.ts'
import { ProgressSender } from './progress-sender.ts'
import { runAttempt, type Work } from './run-attempt.ts'
import type { Scope } from './scope.ts'
import { TaskClock } from './task-clock.ts'
import { Timers } from './timers.ts'
import { Writer } from './writer.ts'

/**
 * How an activation ended. `lost`: another claim, a cancellation or the store took the task out of its hands.
 * `handed_back`: any worker may go on with the task at once.
 */
export type Ended = 'finished' | 'suspended' | 'lost' | 'handed_back'

/** What `Wait` is made of beside the identity and the opening time. */
export type WaitSpec = { readonly deadline: number } & (
  | { readonly wait: 'timer'; readonly value?: Json }
  | { readonly wait: 'question'; readonly question: Extract<Wait, { wait: 'question' }>['question'] }
  | { readonly wait: 'child'; readonly taskId: string }
)

/** What an attempt came to. */
export type Made =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'error'; readonly error: unknown }

export interface ActivationOptions {
  readonly taskId: string
  readonly claimed: Claimed
  readonly settings: Settings
  /** Told why the store could not be written to, where that is more than a lost claim. */
  readonly onStoreError?: (error: unknown) => void
  /** Told of children that the task has made just now. */
  readonly onChildren: (children: readonly TaskDraft[]) => void
  /** Told of tasks that can go on now, since there is room for them in a budget. */
  readonly onWoken: (woken: readonly WakeUp[]) => void
}

/**
 * One stretch of running of a task: begins what its code calls, keeps what comes of it, and ends when it can only
 * wait. After it has ended, for whatever reason, no promise of it settles and no call on it starts anything
 * (invariant 6).
 */
export class Activation {
  readonly taskId: string
  readonly settings: Settings
  readonly head: TaskHead
  readonly audience: Audience
  readonly trace: TraceContext
  /** Whether what it spends is counted: for it, for a task above, or for its owner's day. */
  readonly isBudgeted: boolean
  /** Whether one of these budgets is one in money. */
  readonly isMoneyLimited: boolean
  readonly #origin: string
  readonly journal: Journal
  readonly conversations: Conversations
  readonly clock: TaskClock
  readonly calls: Calls
  readonly writer: Writer
  readonly attempts: AttemptLog
  readonly progress: ProgressSender
  readonly #ledger: Ledger
  readonly #ended = Promise.withResolvers<Ended>()
  readonly #fatal = Promise.withResolvers<never>()
  readonly #abort = new LazyAbort()
  readonly #timers = new Timers()
  /** Of the tools whose code runs. */
  readonly #scopes = new Set<Scope>()
  readonly #fitting: Fitting
  #bodies = 0
  #isOver = false
  #hasEnded = false
  /** Nothing more begins: the task is to go on with another worker. */
  #isLeaving = false
  /** What runs was told to stop, too. */
  #isCut = false
  /** The code waits for something that is left to the worker that goes on. */
  #isHeldBack = false

  constructor({ taskId, claimed, settings, onStoreError, onChildren, onWoken }: ActivationOptions) {
    this.taskId = taskId
    this.settings = settings
    this.head = claimed.head
    this.audience = claimed.head.audience
    this.trace = claimed.head.trace ?? {}
    const daily = dailyBudgetOf(claimed.head, settings.dailyBudgets)
    const budgets = [...accountsOf(taskId, claimed.head).map(({ budget }) => budget), ...(daily ? [daily] : [])]
    this.isBudgeted = budgets.length > 0
    this.isMoneyLimited = budgets.some(({ costUsd }) => costUsd !== undefined)
    this.#ledger = claimed.ledger
    this.#origin = claimed.head.origin ?? taskId
    this.journal = new Journal(claimed.journal, claimed.waits)
    this.conversations = new Conversations({ taskId, outcomeOf: (step) => this.journal.outcome(step)?.entry })
    const { createdAt, startAt = createdAt } = claimed.head
    this.clock = new TaskClock(startAt, claimed.clock, claimed.waits)
    this.calls = new Calls(this.journal, () => this.#rest())
    this.#fitting = new Fitting(this.journal, this.calls, claimed.head.retriedFrom !== undefined)
    this.progress = new ProgressSender({
      ledger: claimed.ledger,
      last: claimed.progress,
      intervalMs: settings.progressIntervalMs,
    })
    this.writer = new Writer({
      ledger: claimed.ledger,
      onChildren,
      onWoken,
      onTail: (tail) => {
        for (const entry of tail) {
          if (entry.type === 'paused') this.handOver()
          if (isOutcome(entry)) this.clock.resume(entry.key)
          const recorded = this.journal.add(entry)
          if (recorded) this.calls.tell(recorded)
        }
      },
      onLost: (error) => {
        if (error !== undefined) onStoreError?.(error)
        this.end('lost', error)
      },
    })
    this.attempts = new AttemptLog({ journal: this.journal, writer: this.writer, amnesia: claimed.amnesia })
    this.#fatal.promise.catch(() => {})
  }

  /** Settles when it has ended. */
  get ended(): Promise<Ended> {
    return this.#ended.promise
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Rejects with what the task must fail with, whether or not its code catches it. */
  get fatal(): Promise<never> {
    return this.#fatal.promise
  }

  /** Aborts when it has ended, or what runs was told to stop. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Whether what runs was told to stop, for the task to go on with another worker. */
  get isCut(): boolean {
    return this.#isCut
  }

  /** Whether nothing is heard and nothing begins any more: it has ended, or is about to finish the task. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Ends it with nothing more written. */
  end(how: Ended, reason?: unknown): void {
    this.#close()
    this.#hasEnded = true
    this.writer.close()
    this.#abort.abort(() => reason ?? new Error(`The activation has ended: ${how}.`))
    this.#ended.resolve(how)
  }

  /** Ends it with the end of the task. What other branches of the code may still be at counts for nothing. */
  async finish(outcome: Outcome): Promise<void> {
    this.#close()
    await this.progress.settled()
    const { steering } = this.journal
    // Run anew, the code comes to where it is.
    const became = await this.writer.finish(outcome, () =>
      steering.isUnseen ? { dueInMs: this.settings.wakeGraceMs } : undefined,
    )
    this.end(became === 'paused' ? 'suspended' : became)
  }

  /** Where a step can tell what its model says while it says it; nowhere when that is turned off. */
  openDeltas(step: string, attempt: number): DeltaSender | undefined {
    const { deltaIntervalMs: intervalMs } = this.settings
    return intervalMs > 0 ? new DeltaSender({ ledger: this.#ledger, step, attempt, intervalMs }) : undefined
  }

  /** Says to whoever follows the task why it does not go on. */
  tellWhy(why: string): void {
    void this.#ledger.log('notice', why).catch(() => {})
  }

  /** Asks the store whether others have added to the journal. */
  lookAgain(): void {
    if (!this.#isOver) void this.writer.look()
  }

  /** Lets no step begin any more. What runs may end, and is saved; then the task is handed back. */
  handOver(): void {
    this.#isLeaving = true
    this.calls.touch()
  }

  /** Tells what runs to stop, and hands the task back when all has ended. Nothing is heard any more. */
  abort(reason: unknown): void {
    if (this.#isOver) return
    this.#cut(reason)
    this.#handBackIfQuiet()
  }

  /** Hands the task back at once. What is still running is in doubt. */
  letGo(): void {
    if (this.#isOver && !this.#isCut) return
    this.#cut(new Error('The task goes on elsewhere.'))
    void this.#handBack()
  }

  /** The task's own tool threw `error` after it was told to stop. */
  gaveUp(step: StepIdentity, scope: Scope, error: unknown): void {
    const isSettled = hasCause(error, this.#abort.reason)
    if (isSettled) this.holdBack(step)
    if (isSettled || !this.#isOpaque(scope)) this.leave(scope)
    else this.letGo()
  }

  /** Code of a tool starts to run. */
  enter(scope: Scope): void {
    this.#scopes.add(scope)
    this.calls.touch()
  }

  /** The time of a tool is over: what its code waits for, it never hears. */
  endScope(scope: Scope, reason: unknown): void {
    scope.end?.(reason)
    for (const inner of this.#scopes) if (inner.over?.aborted) this.#scopes.delete(inner)
    this.calls.forget(scope.prefix)
    this.calls.touch()
  }

  leave(scope: Scope): void {
    this.#scopes.delete(scope)
    this.#handBackIfQuiet()
  }

  /**
   * Asks for the outcome of a step, for code to hear. Where there is none, and no wait for it, `begin` is called; the
   * step fails with what that throws.
   * @throws StepError with the step's failure; Error when the key was used before
   */
  async call(scope: Scope, step: StepIdentity, begin: () => void): Promise<Json> {
    if (this.#isOver || scope.over?.aborted) return never()
    this.use(step)
    const heard = this.calls.ask(scope, step.key)
    const recorded = this.journal.outcome(step.key)
    if (recorded) this.calls.replay(recorded)
    else if (this.journal.wait(step.key)) this.#await(step)
    else this.#fitting.whenFit(scope, step, () => this.#begin(step, begin))
    return heard
  }

  /**
   * Takes the key for this run.
   * @throws Error when it was used before in this run; JournalMismatch, JournalLimit: then the task fails
   */
  use(step: StepIdentity): void {
    this.calls.use(step.key)
    try {
      this.journal.check(step)
      checkRoom(this.journal, step.key, { bytes: this.#ledger.journalBytes, settings: this.settings })
    } catch (error) {
      this.#fail(error)
      throw error
    }
  }

  /** A tool has given its result. @throws JournalMismatch when it left out what is on record of it: then the task fails */
  checkEnd(scope: Scope): void {
    try {
      this.#fitting.checkEnd(scope)
    } catch (error) {
      this.#fail(error)
      throw error
    }
  }

  /**
   * Opens a wait; the code hears of it when somebody resolves it.
   * @param child the task that it is for, which is made with it
   * @throws Error when too many are open
   */
  open(step: StepIdentity, spec: WaitSpec, child?: TaskDraft): void {
    checkWaits(this.journal, this.settings)
    const wait: Wait = { ...step, at: Date.now(), ...spec }
    this.journal.openWait(wait)
    if (wait.wait === 'question') this.clock.stop(wait.key)
    this.writer.wait(wait, child)
    this.#await(step)
  }

  /**
   * Whether an attempt of a step is to be made here, rather than by the worker that the task is handed over to. It is
   * written down where nothing else would be a sign that it had begun.
   */
  mayAttempt(
    scope: Scope,
    step: StepIdentity,
    { inDoubt, attempt }: { readonly inDoubt: InDoubt; readonly attempt: number },
  ): boolean {
    if (this.#isLeaving) {
      this.holdBack(step)
      return false
    }
    checkParallel(this.#bodies, this.settings)
    if (inDoubt !== 'repeat' || (scope.inDoubt !== 'repeat' && !this.journal.hasTrace(scope.prefix)))
      this.attempts.intend(step, attempt)
    return true
  }

  /** Leaves a step, which had no effect here, to the worker that goes on. */
  holdBack(step: StepIdentity): void {
    this.attempts.withdraw(step)
    this.#isHeldBack = true
    this.calls.touch()
  }

  /** Resolves when all that came before is saved, to whether something may happen outside then. */
  async mayBegin(step: StepIdentity): Promise<boolean> {
    await this.writer.saved()
    if (this.#isOver && !this.#isCut) await never()
    if (this.#isLeaving) this.holdBack(step)
    return !this.#isLeaving
  }

  /** Opens a question to a model, once it has been given what was sent to the task before. */
  async openSteered(step: StepIdentity, toSpec: () => WaitSpec): Promise<void> {
    this.#bodies++
    try {
      do await this.writer.saved()
      while (this.#takeSteers(step))
      if (!this.#isOver) this.open(step, toSpec())
    } catch (error) {
      this.fail(step, error)
    } finally {
      this.#bodies--
      this.#handBackIfQuiet()
    }
  }

  /** Puts on record that a model step takes what was sent to the task. @returns whether there was anything new */
  #takeSteers(step: StepIdentity): boolean {
    const steers = this.journal.steering.untaken()
    if (steers.length === 0) return false
    const taken: Taken = { type: 'taken', ...step, at: Date.now(), steers }
    this.journal.add(taken)
    this.writer.attempt(taken)
    return true
  }

  /** Makes one attempt at a step once all that came before is saved. See `outcomeOf`. */
  async work(work: Work): Promise<Made | undefined> {
    this.#bodies++
    try {
      do if (!(await this.mayBegin(work.step))) return undefined
      while (work.isSteerable && this.#takeSteers(work.step))
      const idempotencyKey = this.idempotencyKey(work.step.key)
      const running = runAttempt(work, { idempotencyKey, signal: () => this.signal, timers: this.#timers })
      return await this.outcomeOf(work.scope, work.step, running)
    } finally {
      this.#bodies--
      this.#handBackIfQuiet()
    }
  }

  /**
   * What work came to. What fails after it was told to stop may have failed because of that: then nothing is known of
   * it, unless it says that it did nothing. In a scope that is over nothing is of interest any more.
   */
  async outcomeOf(scope: Scope, step: StepIdentity, work: Promise<unknown>): Promise<Made | undefined> {
    try {
      const value = await work
      return scope.over?.aborted ? undefined : { kind: 'value', value }
    } catch (error) {
      if (scope.over?.aborted) return undefined
      if (!this.#isCut) return { kind: 'error', error }
      if (hasCause(error, this.#abort.reason)) this.holdBack(step)
      return undefined
    }
  }

  /** The task is not let go before the promise has settled, although nothing of its code runs. */
  async busy<T>(work: Promise<T>): Promise<T> {
    this.#bodies++
    try {
      return await work
    } finally {
      this.#bodies--
      this.calls.touch()
      this.#handBackIfQuiet()
    }
  }

  /** Counts what a call took for which something was reserved. To be called with the record of what it came to. */
  settle(step: StepIdentity, spent: Amounts): void {
    if (this.isBudgeted && (!this.#isOver || this.#isCut)) this.writer.settle({ step: step.key, spent })
  }

  /** The same for every attempt of the step, also in a retry of the task. */
  idempotencyKey(key: string): string {
    return `${this.#origin}/${key}`
  }

  /** Records that a step came to `value`, and lets the code hear it. @throws Error when the value cannot be kept */
  succeed(step: StepIdentity, value: unknown, said?: Said): void {
    const kept = toJson(value, 'The value of the step', this.settings)
    this.#settle({ ...step, at: Date.now(), type: 'value', value: kept, ...(said && { said }) })
  }

  /** Records that a step failed, and lets the code hear why. */
  fail(step: StepIdentity, cause: unknown): void {
    const error = toKeptFailure(toFailure(cause), this.settings)
    this.#settle({ ...step, at: Date.now(), type: 'error', error })
  }

  /** Whether or not its code catches the error. */
  #fail(error: unknown): void {
    this.#close()
    this.#fatal.reject(error)
  }

  #close(): void {
    this.#isOver = true
    this.calls.stop()
    this.#timers.clear()
  }

  #settle(outcome: OutcomeEntry): void {
    if (this.#isOver && !this.#isCut) return
    const recorded = this.journal.add(this.writer.outcome(outcome))
    if (recorded) this.calls.tell(recorded)
  }

  #cut(reason: unknown): void {
    this.#isLeaving = true
    this.#isCut = true
    this.#close()
    this.#abort.abort(() => reason)
  }

  #begin(step: StepIdentity, begin: () => void): void {
    this.calls.pass(undefined)
    try {
      begin()
    } catch (error) {
      this.fail(step, error)
    }
  }

  /** The code waits for a wait, and may rest. Nobody else looks at the deadlines of a task that runs. */
  #await(step: StepIdentity): void {
    this.calls.touch()
    const wait = this.journal.wait(step.key)
    if (!wait) return
    const elapse = () => {
      if (!this.journal.wait(step.key)) return
      if (wait.wait === 'timer') this.succeed(step, wait.value ?? null)
      // An answer may be under way.
      else void this.writer.expire(wait)
    }
    if (wait.deadline < Date.now()) elapse()
    else this.#timers.add(wait.deadline, elapse)
  }

  /** The end of a turn in which the code heard nothing more: writes, or suspends when it can only wait. */
  #rest(): void {
    if (this.#fitting.isHolding) this.#beginFit()
    else if (this.#isAtBoundary()) void this.#handBack()
    else if (this.#restsUntil() !== undefined) void this.#suspend()
    else if (this.writer.isDirty) void this.writer.look()
  }

  #beginFit(): void {
    try {
      this.#fitting.release()
      this.calls.touch()
    } catch (error) {
      this.#fail(error)
    }
  }

  async #suspend(): Promise<void> {
    await this.progress.settled()
    if (await this.writer.suspend(() => this.#restsUntil())) this.end('suspended')
    else this.calls.touch()
  }

  /** To be called when something has ended. What it came to is recorded before. */
  #handBackIfQuiet(): void {
    if (!this.#isCut) return
    setImmediate(() => {
      if (this.#bodies === 0 && !this.#scopes.values().some((scope) => this.#isOpaque(scope))) void this.#handBack()
    })
  }

  async #handBack(): Promise<void> {
    await this.progress.settled()
    const became = await this.writer.handBack(() => {
      if (!this.#isCut && !this.#isAtBoundary()) return undefined
      const isInterrupted = this.#scopes.values().some((scope) => scope.prefix === '' && this.#isOpaque(scope))
      return { dueInMs: this.settings.wakeGraceMs, isInterrupted }
    })
    if (became) this.end(became === 'paused' ? 'suspended' : became)
    else this.calls.touch()
  }

  /** Nothing runs, and the code can go no further here. */
  #isAtBoundary(): boolean {
    return this.#isHeldBack && !this.#isOver && !this.calls.isPending && !this.#isBusy()
  }

  /** A tool does something that nobody knows of: it has left no trace, and waits for no call of its context. */
  #isOpaque(scope: Scope): boolean {
    return scope.pending === 0 && !this.journal.hasTrace(scope.prefix)
  }

  /** Unix ms of the first deadline of what it waits for; undefined unless it can only wait. */
  #restsUntil(): number | undefined {
    if (this.#isOver || this.calls.isPending || this.#isBusy()) return undefined
    const deadlines = this.calls.deadlines()
    return deadlines.length > 0 ? Math.min(...deadlines, this.clock.endsAt) : undefined
  }

  /** A body runs, or a tool does something of its own between calls of its context. */
  #isBusy(): boolean {
    return this.#bodies > 0 || this.#scopes.values().some((scope) => scope.pending === 0)
  }
}
