import type {
  Audience,
  Claimed,
  InDoubt,
  Json,
  Outcome,
  OutcomeEntry,
  Said,
  Settings,
  StepFailure,
  Wait,
} from '@longhaul/task'
import type { StepHandle } from './context.ts'
import { JournalLimit, messageOf, StepError, toFailure } from './errors.ts'
import { Journal, type Recorded, type StepIdentity } from './journal.ts'
import { never } from './never.ts'
import { ProgressSender } from './progress-sender.ts'
import type { Scope } from './scope.ts'
import { Timers } from './timers.ts'
import { Turns } from './turns.ts'
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
 * One stretch of running of a task: what its code calls, what the journal answers, what is written.
 * After it has ended, for whatever reason, no promise of it settles and no call on it starts anything (invariant 6).
 */
export class Activation {
  readonly taskId: string
  readonly settings: Settings
  readonly audience: Audience
  readonly journal: Journal
  readonly writer: Writer
  readonly progress: ProgressSender
  readonly ended = Promise.withResolvers<Ended>()
  readonly #fatal = Promise.withResolvers<never>()
  readonly #abort = new AbortController()
  readonly #turns = new Turns(() => this.#rest())
  readonly #timers = new Timers()
  /** Calls that the code made and has not heard of yet. */
  readonly #calls = new Map<string, (entry: OutcomeEntry) => void>()
  readonly #used = new Set<string>()
  readonly #nested = new Set<Scope>()
  readonly #recordedBefore: number
  #bodies = 0
  #isReplay: boolean
  #isOver = false

  constructor({ taskId, claimed, settings, onStoreError }: ActivationOptions) {
    this.taskId = taskId
    this.settings = settings
    this.audience = claimed.head.audience
    this.journal = new Journal(claimed.journal, claimed.waits)
    this.#recordedBefore = this.journal.outcomes
    this.#isReplay = this.#recordedBefore > 0
    this.progress = new ProgressSender(claimed.ledger, claimed.progress)
    this.writer = new Writer({
      ledger: claimed.ledger,
      onTail: (tail) => {
        for (const entry of tail) this.#arrived(this.journal.add(entry))
      },
      onLost: (error) => {
        if (error !== undefined && !this.signal.aborted) onStoreError?.(error)
        this.end('lost', error)
      },
    })
    this.#fatal.promise.catch(() => {})
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** Whether nothing is heard and nothing begins any more. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Whether the code only does again what it did in an earlier activation. */
  get isReplay(): boolean {
    return this.#isReplay
  }

  /** Rejects with what the task must fail with, whether or not its code catches it. */
  get fatal(): Promise<never> {
    return this.#fatal.promise
  }

  /** Ends it with nothing more written. */
  end(how: Ended, reason?: unknown): void {
    this.#close()
    this.writer.close()
    if (!this.signal.aborted) this.#abort.abort(reason ?? new Error(`The activation has ended: ${how}.`))
    this.ended.resolve(how)
  }

  /** Ends it with the end of the task. What other branches of the code may still be at counts for nothing. */
  async finish(outcome: Outcome): Promise<void> {
    this.#close()
    await this.progress.settled()
    await this.writer.finish(outcome)
    this.end('finished')
  }

  /** Notes that the code came by this record, or by something that was not recorded: then it does new things. */
  passed(recorded: Recorded | undefined): void {
    this.#isReplay &&= recorded !== undefined && recorded.order < this.#recordedBefore - 1
  }

  /** Asks the store whether others have added to the journal. */
  lookAgain(): void {
    if (!this.#isOver) void this.writer.look()
  }

  /** To be called whenever code starts to run, and when something changed that could let it rest. */
  touch(): void {
    this.#turns.touch()
  }

  /** Code of a nested tool starts to run. */
  enter(scope: Scope): void {
    this.#nested.add(scope)
    this.touch()
  }

  leave(scope: Scope): void {
    this.#nested.delete(scope)
    this.touch()
  }

  /**
   * Asks for the outcome of a step, for code to hear. Where there is none, and no wait for it, `begin` is called; the
   * step fails with what that throws.
   * @throws StepError with the step's failure; Error when the key was used before
   */
  async call(scope: Scope, step: StepIdentity, begin: () => void): Promise<Json> {
    if (this.#isOver) return never()
    this.use(step)
    return new Promise<Json>((resolve, reject) => {
      scope.pending++
      this.#calls.set(step.key, (entry) => {
        scope.pending--
        this.#calls.delete(step.key)
        this.#timers.clear(step.key)
        if (entry.type === 'value') resolve(entry.value)
        else reject(new StepError(step.key, entry.error))
      })
      const recorded = this.journal.outcome(step.key)
      if (recorded) this.#turns.later(recorded.order, () => this.#hear(recorded))
      else if (this.journal.wait(step.key)) this.#await(step)
      else this.#begin(step, begin)
    })
  }

  /**
   * Takes the key for this run.
   * @throws Error when it was used before in this run; JournalMismatch, JournalLimit: then the task fails
   */
  use(step: StepIdentity): void {
    if (this.#used.has(step.key)) throw new Error(`The step key '${step.key}' is used twice in one run of the task.`)
    this.#used.add(step.key)
    try {
      this.journal.check(step)
      this.#checkLength(step.key)
    } catch (error) {
      this.#close()
      this.#fatal.reject(error)
      throw error
    }
  }

  /** What a step came to, if the code of this run has heard of it. */
  heard(key: string): OutcomeEntry | undefined {
    return this.#used.has(key) && !this.#calls.has(key) ? this.journal.outcome(key)?.entry : undefined
  }

  /** Opens a wait; the code hears of it when somebody resolves it. */
  open(step: StepIdentity, spec: WaitSpec): void {
    const wait: Wait = { ...step, at: Date.now(), ...spec }
    this.journal.openWait(wait)
    this.writer.wait(wait)
    this.#await(step)
  }

  /** Writes down an attempt that is about to be made. */
  intend(step: StepIdentity, attempt: number): void {
    const intent = { type: 'intent', ...step, at: Date.now(), attempt } as const
    this.journal.add(intent)
    this.writer.intent(intent)
  }

  /** Does a step's work once all that came before is saved. Its outcome is what the body comes to. */
  async work(step: StepIdentity, body: (handle: StepHandle) => unknown, said?: Said): Promise<void> {
    this.#bodies++
    await this.writer.saved()
    if (this.#isOver) return
    try {
      const value = this.toJson(await body({ signal: this.signal, idempotencyKey: `${this.taskId}/${step.key}` }))
      this.settle(step, { type: 'value', value, ...(said && { said }) })
    } catch (error) {
      this.fail(step, error)
    }
    this.#bodies--
    this.touch()
  }

  /** Records an outcome of this activation's own making and lets the code hear it. */
  settle(
    step: StepIdentity,
    outcome: { type: 'value'; value: Json; said?: Said } | { type: 'error'; error: StepFailure },
  ): void {
    if (this.#isOver) return
    const entry = this.writer.outcome({ ...step, at: Date.now(), ...outcome })
    this.#arrived(this.journal.add(entry))
  }

  /** Settles a step with what went wrong. */
  fail(step: StepIdentity, cause: unknown): void {
    let error: StepFailure
    try {
      error = this.toJson(toFailure(cause)) as unknown as StepFailure
    } catch (unfit) {
      error = { message: messageOf(unfit) }
    }
    this.settle(step, { type: 'error', error })
  }

  /** Whether a step must be written down before it begins, for lack of another sign that it had begun. */
  needsIntent(scope: Scope, inDoubt: InDoubt): boolean {
    return inDoubt !== 'repeat' || (scope.inDoubt !== 'repeat' && !this.journal.hasTrace(scope.prefix))
  }

  /** What JSON makes of a value, so that code gets the same live and on replay. @throws Error when it is too large */
  toJson(value: unknown): Json {
    const json = JSON.stringify(value ?? null)
    if (json === undefined) return null
    const bytes = Buffer.byteLength(json)
    const { maxResultBytes } = this.settings
    if (bytes <= maxResultBytes) return JSON.parse(json) as Json
    throw new Error(
      `The outcome of the step is ${bytes} bytes; the most is ${maxResultBytes} (LONGHAUL_MAX_RESULT_BYTES).`,
    )
  }

  #begin(step: StepIdentity, begin: () => void): void {
    this.passed(undefined)
    try {
      begin()
    } catch (error) {
      this.fail(step, error)
    }
  }

  #close(): void {
    this.#isOver = true
    this.#turns.stop()
    this.#timers.clearAll()
  }

  #arrived(recorded: Recorded | undefined): void {
    if (recorded && this.#calls.has(recorded.entry.key)) this.#turns.now(recorded.order, () => this.#hear(recorded))
  }

  #hear(recorded: Recorded): void {
    this.passed(recorded)
    this.#calls.get(recorded.entry.key)?.(recorded.entry)
  }

  /** The code waits for a wait. Nobody looks at the timers of a task that runs, so that it does so itself. */
  #await(step: StepIdentity): void {
    this.touch()
    const wait = this.journal.wait(step.key)
    if (wait?.wait !== 'timer') return
    const elapse = () => this.settle(step, { type: 'value', value: null })
    if (wait.deadline < Date.now()) elapse()
    else this.#timers.set(step.key, wait.deadline, elapse)
  }

  /** The end of a turn in which the code heard nothing more: writes, or suspends when it can only wait. */
  #rest(): void {
    if (this.#restsUntil() !== undefined) void this.#suspend()
    else if (this.writer.isDirty) void this.writer.look()
  }

  async #suspend(): Promise<void> {
    await this.progress.settled()
    if (await this.writer.suspend(() => this.#restsUntil())) this.end('suspended')
    else this.touch()
  }

  /** Unix ms of the first deadline of what it waits for; undefined unless it can only wait. */
  #restsUntil(): number | undefined {
    if (this.#isOver || this.#turns.isPending || this.#isBusy()) return undefined
    const deadlines = [...this.#calls.keys()].flatMap((key) => this.journal.wait(key)?.deadline ?? [])
    return deadlines.length > 0 ? Math.min(...deadlines) : undefined
  }

  /** A body runs, or a tool inside the task does something of its own between calls of its context. */
  #isBusy(): boolean {
    return this.#bodies > 0 || this.#nested.values().some((scope) => scope.pending === 0)
  }

  #checkLength(key: string): void {
    const { maxJournalEntries } = this.settings
    if (this.journal.length < maxJournalEntries || this.journal.outcome(key) || this.journal.wait(key)) return
    throw new JournalLimit(
      `the task has ${this.journal.length} journal records; the most is ${maxJournalEntries} (LONGHAUL_MAX_JOURNAL_ENTRIES)`,
    )
  }
}
