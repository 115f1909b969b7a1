import type { Amounts, Json, OutcomeEntry, Said, TaskDraft, Wait } from '@longhaul/task'
import type { Activation } from './activation.ts'
import { toFailure } from './errors.ts'
import type { StepIdentity } from './journal.ts'
import { checkRoom, checkWaits, toJson, toKeptFailure } from './limits.ts'
import { never } from './never.ts'
import type { Scope } from './scope.ts'

/** What `Wait` is made of beside the identity and the opening time. */
export type WaitSpec = { readonly deadline: number } & (
  | { readonly wait: 'timer'; readonly value?: Json }
  | { readonly wait: 'question'; readonly question: Extract<Wait, { wait: 'question' }>['question'] }
  | { readonly wait: 'child'; readonly taskId: string }
)

type Parts = Pick<
  Activation,
  'calls' | 'clock' | 'fitting' | 'isBudgeted' | 'journal' | 'ledger' | 'life' | 'settings' | 'timers' | 'writer'
>

/** The steps that the code of an activation calls: replayed where they have an outcome, else begun; and their outcomes. */
export class Steps {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /**
   * Asks for the outcome of a step, for code to hear. Where there is none, and no wait for it, `begin` is called; the
   * step fails with what that throws.
   * @throws StepError with the step's failure; Error when the key was used before
   */
  async call(scope: Scope, step: StepIdentity, begin: () => void): Promise<Json> {
    const { calls, fitting, journal, life } = this.#parts
    if (life.isOver || scope.over?.aborted) return never()
    this.use(step)
    const heard = calls.ask(scope, step.key)
    const recorded = journal.outcome(step.key)
    if (recorded) calls.replay(recorded)
    else if (journal.wait(step.key)) this.#await(step)
    else fitting.whenFit(scope, step, () => this.#begin(step, begin))
    return heard
  }

  /**
   * Takes the key for this run.
   * @throws Error when it was used before in this run; JournalMismatch, JournalLimit: then the task fails
   */
  use(step: StepIdentity): void {
    const { calls, journal, ledger, life, settings } = this.#parts
    calls.use(step.key)
    try {
      journal.check(step)
      checkRoom(journal, step.key, { bytes: ledger.journalBytes, settings })
    } catch (error) {
      life.fail(error)
      throw error
    }
  }

  /**
   * Opens a wait; the code hears of it when somebody resolves it.
   * @param child the task that it is for, which is made with it
   * @throws Error when too many are open
   */
  open(step: StepIdentity, spec: WaitSpec, child?: TaskDraft): void {
    const { clock, journal, settings, writer } = this.#parts
    checkWaits(journal, settings)
    const wait: Wait = { ...step, at: Date.now(), ...spec }
    journal.openWait(wait)
    if (wait.wait === 'question') clock.stop(wait.key)
    writer.wait(wait, child)
    this.#await(step)
  }

  /** Records that a step came to `value`, and lets the code hear it. @throws Error when the value cannot be kept */
  succeed(step: StepIdentity, value: unknown, said?: Said): void {
    const kept = toJson(value, 'The value of the step', this.#parts.settings)
    this.#record({ ...step, at: Date.now(), type: 'value', value: kept, ...(said && { said }) })
  }

  /** Records that a step failed, and lets the code hear why. */
  fail(step: StepIdentity, cause: unknown): void {
    const error = toKeptFailure(toFailure(cause), this.#parts.settings)
    this.#record({ ...step, at: Date.now(), type: 'error', error })
  }

  /** Counts what a call took for which something was reserved. To be called with the record of what it came to. */
  settle(step: StepIdentity, spent: Amounts): void {
    const { isBudgeted, life, writer } = this.#parts
    if (isBudgeted && life.isRecording) writer.settle({ step: step.key, spent })
  }

  /** A tool has given its result. @throws JournalMismatch when it left out what is on record of it: then the task fails */
  checkEnd(scope: Scope): void {
    const { fitting, life } = this.#parts
    try {
      fitting.checkEnd(scope)
    } catch (error) {
      life.fail(error)
      throw error
    }
  }

  #begin(step: StepIdentity, begin: () => void): void {
    this.#parts.calls.pass(undefined)
    try {
      begin()
    } catch (error) {
      this.fail(step, error)
    }
  }

  /** The code waits for a wait, and may rest. Nobody else looks at the deadlines of a task that runs. */
  #await(step: StepIdentity): void {
    const { calls, journal, timers, writer } = this.#parts
    calls.touch()
    const wait = journal.wait(step.key)
    if (!wait) return
    const elapse = () => {
      if (!journal.wait(step.key)) return
      if (wait.wait === 'timer') this.succeed(step, wait.value ?? null)
      // An answer may be under way.
      else void writer.expire(wait)
    }
    if (wait.deadline < Date.now()) elapse()
    else timers.add(wait.deadline, elapse)
  }

  #record(outcome: OutcomeEntry): void {
    const { calls, journal, life, writer } = this.#parts
    if (!life.isRecording) return
    const recorded = journal.add(writer.outcome(outcome))
    if (recorded) calls.tell(recorded)
  }
}
