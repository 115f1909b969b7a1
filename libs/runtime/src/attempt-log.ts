import type { Aborted, InDoubt, Intent } from '@longhaul/task'
import type { Journal, StepIdentity } from './journal.ts'
import type { Writer } from './writer.ts'

export interface AttemptLogOptions {
  readonly journal: Journal
  readonly writer: Writer
  /** Incarnation of the store since which what was done before may be forgotten. */
  readonly amnesia: number | undefined
}

/** What an activation puts on record of the attempts at steps, and what is on record of those before it. */
export class AttemptLog {
  readonly #journal: Journal
  readonly #writer: Writer
  readonly #amnesia: number | undefined
  /** Steps with an attempt that this activation has put on record. */
  readonly #intended = new Set<string>()

  constructor({ journal, writer, amnesia }: AttemptLogOptions) {
    this.#journal = journal
    this.#writer = writer
    this.#amnesia = amnesia
  }

  /** Writes down an attempt that is about to be made. */
  intend(step: StepIdentity, attempt: number): void {
    this.#intended.add(step.key)
    this.#note({ type: 'intent', ...step, at: Date.now(), attempt })
  }

  /** Writes down that the attempt of this activation had no effect. One of an earlier activation may have had one. */
  withdraw(step: StepIdentity): void {
    const attempt = this.#journal.attempt(step.key)
    if (this.#intended.has(step.key)) this.#note({ type: 'aborted', ...step, at: Date.now(), attempt })
  }

  /**
   * The attempt at a step that is on record, with nothing known of its end; or, where the store may have forgotten one
   * that must not silently happen twice, one that is put on record as supposed. Undefined when there is none.
   */
  openAttempt(step: StepIdentity, inDoubt: InDoubt): Intent | undefined {
    const failed = this.#journal.failedAttempts(step.key)
    const newest = this.#journal.intent(step.key)
    const intent = newest && newest.attempt > failed ? newest : undefined
    if (intent || inDoubt === 'repeat' || this.#amnesia === undefined) return intent
    if (!this.#journal.mayHaveForgotten(this.#amnesia)) return undefined
    const attempt = Math.max(failed, this.#journal.attempt(step.key)) + 1
    const supposed: Intent = { type: 'intent', ...step, at: Date.now(), attempt, supposed: this.#amnesia }
    this.#note(supposed)
    return supposed
  }

  #note(entry: Intent | Aborted): void {
    this.#journal.add(entry)
    this.#writer.attempt(entry)
  }
}
