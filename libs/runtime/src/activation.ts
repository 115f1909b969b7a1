import type {
  Audience,
  Claimed,
  InDoubt,
  Intent,
  Json,
  Outcome,
  OutcomeEntry,
  Said,
  Settings,
  Wait,
} from '@longhaul/task'
import { Calls } from './calls.ts'
import type { StepHandle } from './context.ts'
import { toFailure } from './errors.ts'
import { Journal, type StepIdentity } from './journal.ts'
import { checkLength, toJson, toKeptFailure } from './limits.ts'
import { never } from './never.ts'
import { ProgressSender } from './progress-sender.ts'
import type { Scope } from './scope.ts'
import { Timers } from './timers.ts'
import { Writer } from './writer.ts'

/** How an activation ended. `lost`: another claim, a cancellation or the store took the task out of its hands. */
export type Ended = 'finished' | 'suspended' | 'lost'

/** What `Wait` is made of beside the identity and the opening time. */
export type WaitSpec = { readonly deadline: number } & (
  | { readonly wait: 'timer' }
  | { readonly wait: 'question'; readonly question: Extract<Wait, { wait: 'question' }>['question'] }
)

export interface ActivationOptions {
  readonly taskId: string
  readonly claimed: Claimed
  readonly settings: Settings
  /** Told why the store could not be written to, where that is more than a lost claim. */
  readonly onStoreError?: (error: unknown) => void
}

/**
 * One stretch of running of a task: begins what its code calls, keeps what comes of it, and ends when it can only
 * wait. After it has ended, for whatever reason, no promise of it settles and no call on it starts anything
 * (invariant 6).
 */
export class Activation {
  readonly taskId: string
  readonly settings: Settings
  readonly audience: Audience
  readonly journal: Journal
  readonly calls: Calls
  readonly writer: Writer
  readonly progress: ProgressSender
  readonly #ended = Promise.withResolvers<Ended>()
  readonly #fatal = Promise.withResolvers<never>()
  readonly #abort = new AbortController()
  readonly #timers = new Timers()
  readonly #nested = new Set<Scope>()
  readonly #amnesia: number | undefined
  #bodies = 0
  #isOver = false

  constructor({ taskId, claimed, settings, onStoreError }: ActivationOptions) {
    this.taskId = taskId
    this.settings = settings
    this.audience = claimed.head.audience
    this.#amnesia = claimed.amnesia
    this.journal = new Journal(claimed.journal, claimed.waits)
    this.calls = new Calls(this.journal, () => this.#rest())
    this.progress = new ProgressSender(claimed.ledger, claimed.progress)
    this.writer = new Writer({
      ledger: claimed.ledger,
      onTail: (tail) => {
        for (const entry of tail) {
          const recorded = this.journal.add(entry)
          if (recorded) this.calls.tell(recorded)
        }
      },
      onLost: (error) => {
        if (error !== undefined) onStoreError?.(error)
        this.end('lost', error)
      },
    })
    this.#fatal.promise.catch(() => {})
  }

  /** Settles when it has ended. */
  get ended(): Promise<Ended> {
    return this.#ended.promise
  }

  /** Rejects with what the task must fail with, whether or not its code catches it. */
  get fatal(): Promise<never> {
    return this.#fatal.promise
  }

  /** Aborts when it has ended. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Whether nothing is heard and nothing begins any more: it has ended, or is about to finish the task. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Ends it with nothing more written. */
  end(how: Ended, reason?: unknown): void {
    this.#close()
    this.writer.close()
    if (!this.signal.aborted) this.#abort.abort(reason ?? new Error(`The activation has ended: ${how}.`))
    this.#ended.resolve(how)
  }

  /** Ends it with the end of the task. What other branches of the code may still be at counts for nothing. */
  async finish(outcome: Outcome): Promise<void> {
    this.#close()
    await this.progress.settled()
    await this.writer.finish(outcome)
    this.end('finished')
  }

  /** Asks the store whether others have added to the journal. */
  lookAgain(): void {
    if (!this.#isOver) void this.writer.look()
  }

  /** Code of a nested tool starts to run. */
  enter(scope: Scope): void {
    this.#nested.add(scope)
    this.calls.touch()
  }

  leave(scope: Scope): void {
    this.#nested.delete(scope)
  }

  /**
   * Asks for the outcome of a step, for code to hear. Where there is none, and no wait for it, `begin` is called; the
   * step fails with what that throws.
   * @throws StepError with the step's failure; Error when the key was used before
   */
  async call(scope: Scope, step: StepIdentity, begin: () => void): Promise<Json> {
    if (this.#isOver) return never()
    this.use(step)
    const heard = this.calls.ask(scope, step.key)
    const recorded = this.journal.outcome(step.key)
    if (recorded) this.calls.replay(recorded)
    else if (this.journal.wait(step.key)) this.#await(step)
    else this.#begin(step, begin)
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
      checkLength(this.journal, step.key, this.settings)
    } catch (error) {
      this.#close()
      this.#fatal.reject(error)
      throw error
    }
  }

  /** Opens a wait; the code hears of it when somebody resolves it. */
  open(step: StepIdentity, spec: WaitSpec): void {
    const wait: Wait = { ...step, at: Date.now(), ...spec }
    this.journal.openWait(wait)
    this.writer.wait(wait)
    this.#await(step)
  }

  /** Whether a step must be written down before it begins, for lack of another sign that it had begun. */
  needsIntent(scope: Scope, inDoubt: InDoubt): boolean {
    return inDoubt !== 'repeat' || (scope.inDoubt !== 'repeat' && !this.journal.hasTrace(scope.prefix))
  }

  /** Writes down an attempt that is about to be made. */
  intend(step: StepIdentity, attempt: number): void {
    this.#write({ type: 'intent', ...step, at: Date.now(), attempt })
  }

  /**
   * The attempt at a step that is on record; or, where the store may have forgotten one that must not silently happen
   * twice, one that is put on record as supposed. Undefined when the step has never begun.
   */
  attemptAt(step: StepIdentity, inDoubt: InDoubt): Intent | undefined {
    const intent = this.journal.intent(step.key)
    if (intent || inDoubt === 'repeat' || this.#amnesia === undefined) return intent
    if (!this.journal.mayHaveForgotten(this.#amnesia)) return undefined
    return this.#write({ type: 'intent', ...step, at: Date.now(), attempt: 1, supposed: this.#amnesia })
  }

  /** Resolves when all that the code has heard and begun so far is saved. Something may happen outside then. */
  async saved(): Promise<void> {
    await this.writer.saved()
    if (this.#isOver) await never()
  }

  /** Does a step's work once all that came before is saved. Its outcome is what the body comes to. */
  async work(step: StepIdentity, body: (handle: StepHandle) => unknown, said?: Said): Promise<void> {
    this.#bodies++
    await this.saved()
    try {
      this.succeed(step, await body({ signal: this.signal, idempotencyKey: `${this.taskId}/${step.key}` }), said)
    } catch (error) {
      this.fail(step, error)
    }
    this.#bodies--
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

  #write(intent: Intent): Intent {
    this.journal.add(intent)
    this.writer.intent(intent)
    return intent
  }

  #close(): void {
    this.#isOver = true
    this.calls.stop()
    this.#timers.clear()
  }

  #settle(outcome: OutcomeEntry): void {
    if (this.#isOver) return
    const recorded = this.journal.add(this.writer.outcome(outcome))
    if (recorded) this.calls.tell(recorded)
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
      if (wait.wait === 'timer') this.succeed(step, null)
      // An answer may be under way.
      else void this.writer.expire(wait)
    }
    if (wait.deadline < Date.now()) elapse()
    else this.#timers.add(wait.deadline, elapse)
  }

  /** The end of a turn in which the code heard nothing more: writes, or suspends when it can only wait. */
  #rest(): void {
    if (this.#restsUntil() !== undefined) void this.#suspend()
    else if (this.writer.isDirty) void this.writer.look()
  }

  async #suspend(): Promise<void> {
    await this.progress.settled()
    if (await this.writer.suspend(() => this.#restsUntil())) this.end('suspended')
    else this.calls.touch()
  }

  /** Unix ms of the first deadline of what it waits for; undefined unless it can only wait. */
  #restsUntil(): number | undefined {
    if (this.#isOver || this.calls.isPending || this.#isBusy()) return undefined
    const deadlines = this.calls.deadlines()
    return deadlines.length > 0 ? Math.min(...deadlines) : undefined
  }

  /** A body runs, or a tool inside the task does something of its own between calls of its context. */
  #isBusy(): boolean {
    return this.#bodies > 0 || this.#nested.values().some((scope) => scope.pending === 0)
  }
}
