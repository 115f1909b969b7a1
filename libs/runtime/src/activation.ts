import type {
  Audience,
  Claimed,
  InDoubt,
  Json,
  OutcomeEntry,
  Said,
  Settings,
  StepFailure,
  TaskHead,
  Wait,
} from '@longhaul/task'
import type { StepHandle } from './context.ts'
import { JournalLimit, StepError, toFailure } from './errors.ts'
import { Journal, type Recorded, type StepIdentity } from './journal.ts'
import type { Scope } from './scope.ts'
import { Turns } from './turns.ts'
import { Writer } from './writer.ts'

/** How an activation ended. `lost`: another claim, a cancellation or the store took the task out of its hands. */
export type Ended = 'finished' | 'suspended' | 'lost'

/** What `Wait` is made of beside the identity and the opening time. */
export type WaitSpec = { readonly deadline: number } & (
  | { readonly wait: 'timer' }
  | { readonly wait: 'question'; readonly question: Extract<Wait, { wait: 'question' }>['question'] }
)

/** A call that the code made and has not yet heard of. */
interface Call {
  readonly scope: Scope
  readonly hear: (entry: OutcomeEntry) => void
}

/**
 * One stretch of running of a task: what its code calls, what the journal answers, what is written.
 * After it has ended, for whatever reason, no promise of it settles and no call on it starts anything (invariant 6).
 */
export class Activation {
  readonly taskId: string
  readonly head: TaskHead
  readonly settings: Settings
  readonly journal: Journal
  readonly interrupted: boolean
  readonly writer: Writer
  readonly ended = Promise.withResolvers<Ended>()
  readonly #turns = new Turns(() => this.#rest())
  readonly #calls = new Map<string, Call>()
  readonly #waitingFor = new Set<string>()
  readonly #used = new Set<string>()
  readonly #nested = new Set<Scope>()
  readonly #abort = new AbortController()
  #bodies = 0
  #isOver = false
  readonly #fatal = Promise.withResolvers<never>()

  constructor(taskId: string, claimed: Claimed, settings: Settings) {
    this.taskId = taskId
    this.head = claimed.head
    this.settings = settings
    this.journal = new Journal(claimed.journal, claimed.waits)
    this.interrupted = claimed.interrupted
    this.writer = new Writer({
      ledger: claimed.ledger,
      onTail: (tail) => {
        for (const entry of tail) this.#arrived(this.journal.add(entry))
      },
      onLost: (reason) => this.end('lost', reason),
    })
  }

  get signal(): AbortSignal {
    return this.#abort.signal
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get audience(): Audience {
    return this.head.audience
  }

  /** Rejects with what the task must fail with, whether or not its code catches it. */
  get fatal(): Promise<never> {
    return this.#fatal.promise
  }

  /** Nothing happens in this activation any more. */
  end(how: Ended, reason?: unknown): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#turns.stop()
    this.writer.close()
    this.#abort.abort(reason ?? new Error(`The activation has ended: ${how}.`))
    this.ended.resolve(how)
  }

  /** Asks the store whether others have added to the journal. */
  lookAgain(): void {
    if (!this.#isOver) void this.writer.look()
  }

  /** Called when the top-level code starts, and whenever something changed that could let it rest. */
  touch(): void {
    if (!this.#isOver) this.#turns.touch()
  }

  enter(scope: Scope): void {
    this.#nested.add(scope)
  }

  leave(scope: Scope): void {
    this.#nested.delete(scope)
    this.touch()
  }

  /**
   * Registers that code asks for the outcome of a step. Where it is journaled the code hears it, else `begin` is
   * called. @throws StepError with the step's failure; Error when the key was used before or cannot be this step's
   */
  call(scope: Scope, step: StepIdentity, begin: () => void): Promise<Json> {
    if (this.#isOver) return new Promise(() => {})
    try {
      this.use(step)
    } catch (error) {
      return Promise.reject(error)
    }
    return new Promise<Json>((resolve, reject) => {
      scope.pending++
      const hear = (entry: OutcomeEntry) => {
        scope.pending--
        this.#calls.delete(step.key)
        this.#waitingFor.delete(step.key)
        if (entry.type === 'value') resolve(entry.value)
        else reject(new StepError(step.key, entry.error))
      }
      this.#calls.set(step.key, { scope, hear })
      const recorded = this.journal.outcome(step.key)
      if (recorded) this.#turns.later(recorded.order, () => hear(recorded.entry))
      else if (this.journal.wait(step.key)) this.#park(step.key)
      else begin()
    })
  }

  /** Takes the key for this run. @throws JournalMismatch, JournalLimit, or Error when it was used before in this run */
  use(step: StepIdentity): void {
    if (this.#used.has(step.key)) throw new Error(`The step key '${step.key}' is used twice in one run of the task.`)
    this.#used.add(step.key)
    try {
      this.journal.check(step)
      this.#checkLength()
    } catch (error) {
      this.#fatal.reject(error)
      throw error
    }
  }

  /** Opens a wait; the code hears of it when somebody resolves it. */
  open(step: StepIdentity, spec: WaitSpec): void {
    const wait = { ...step, at: Date.now(), ...spec } as Wait
    this.journal.openWait(wait)
    this.writer.wait(wait)
    this.#park(step.key)
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
    try {
      const value = await body({ signal: this.signal, idempotencyKey: `${this.taskId}/${step.key}` })
      this.settle(step, { type: 'value', value: this.toJson(value), ...(said && { said }) })
    } catch (error) {
      this.settle(step, { type: 'error', error: toFailure(error) })
    } finally {
      this.#bodies--
      this.touch()
    }
  }

  /** Records an outcome of this activation's own making and lets the code hear it. */
  settle(
    step: StepIdentity,
    outcome: { type: 'value'; value: Json; said?: Said } | { type: 'error'; error: StepFailure },
  ): void {
    if (this.#isOver) return
    const entry = this.writer.outcome({ ...step, at: Date.now(), ...outcome } as OutcomeEntry)
    this.#arrived(this.journal.add(entry))
  }

  /** Whether a step must be written down before it begins, for lack of another sign that it had begun. */
  needsIntent(scope: Scope, inDoubt: InDoubt): boolean {
    return inDoubt !== 'repeat' || (scope.inDoubt !== 'repeat' && !this.journal.hasUnder(scope.prefix))
  }

  #arrived(recorded: Recorded | undefined): void {
    const call = recorded && this.#calls.get(recorded.entry.key)
    if (recorded && call) this.#turns.now(recorded.order, () => call.hear(recorded.entry))
  }

  #park(key: string): void {
    this.#waitingFor.add(key)
    this.touch()
  }

  /** The end of a turn in which the code heard nothing more: writes, or suspends when it can only wait. */
  #rest(): void {
    if (this.#isOver) return
    if (this.#waitingFor.size > 0 && !this.#isBusy()) void this.#suspend()
    else if (this.writer.isDirty) void this.writer.look()
  }

  async #suspend(): Promise<void> {
    const dueAt = () => Math.min(...[...this.#waitingFor].map((key) => this.journal.wait(key)?.deadline ?? Date.now()))
    const ending = await this.writer.end({ kind: 'suspend', dueAt })
    if (ending === 'ended') this.end('suspended')
    else this.touch()
  }

  /** A body runs, or a tool inside the task does something of its own between calls of its context. */
  #isBusy(): boolean {
    return this.#bodies > 0 || this.#nested.values().some((scope) => scope.pending === 0)
  }

  #checkLength(): void {
    const { maxJournalEntries } = this.settings
    if (this.journal.length < maxJournalEntries) return
    throw new JournalLimit(
      `the task has ${this.journal.length} journal records; the most is ${maxJournalEntries} (LONGHAUL_MAX_JOURNAL_ENTRIES)`,
    )
  }

  /** Live and on replay the code gets the same: what JSON makes of the value. */
  toJson(value: unknown): Json {
    const json = JSON.stringify(value ?? null)
    if (json === undefined) return null
    const bytes = Buffer.byteLength(json)
    const { maxResultBytes } = this.settings
    if (bytes <= maxResultBytes) return JSON.parse(json) as Json
    throw new Error(
      `The value of the step is ${bytes} bytes; the most is ${maxResultBytes} (LONGHAUL_MAX_RESULT_BYTES).`,
    )
  }
}
