import type { Calls } from './calls.ts'
import { describeStep, JournalMismatch } from './errors.ts'
import type { Journal, StepIdentity } from './journal.ts'
import type { Scope } from './scope.ts'

interface Held {
  readonly scope: Scope
  readonly step: StepIdentity
  readonly begin: () => void
}

/**
 * Holds new steps of code that is not the code of its journal back to the end of a turn in which nothing was left to be
 * heard. By then the code of before had called all that is on record; what of that is not called now will never be.
 */
export class Fitting {
  readonly #journal: Journal
  readonly #calls: Calls
  readonly #isRetry: boolean
  #held: Held[] = []

  /** @param isRetry attempts may be on record of steps that the code has not come to again yet */
  constructor(journal: Journal, calls: Calls, isRetry: boolean) {
    this.#journal = journal
    this.#calls = calls
    this.#isRetry = isRetry
  }

  get isHolding(): boolean {
    return this.#held.length > 0
  }

  /** Calls `begin` at once where nothing has to fit any more. */
  whenFit(scope: Scope, step: StepIdentity, begin: () => void): void {
    if (scope.mustFit) {
      this.#held.push({ scope, step, begin })
      this.#calls.touch()
    } else {
      begin()
    }
  }

  /** Begins what was held back. To be called when nothing is left to be heard. @throws JournalMismatch */
  release(): void {
    const held = this.#held
    this.#held = []
    for (const { scope, step } of held) this.#check(scope, describeStep(step))
    for (const { scope, begin } of held) {
      scope.mustFit = false
      begin()
    }
  }

  /** @throws JournalMismatch when the code of the scope has ended before it came to all that is on record */
  checkEnd(scope: Scope): void {
    this.#check(scope, scope.prefix === '' ? 'its end' : `the end of '${scope.prefix.slice(0, -1)}'`)
  }

  #check({ mustFit, prefix }: Scope, came: string): void {
    if (!mustFit) return
    const expected = this.#journal
      .calledIn(prefix, { withAttempts: !this.#isRetry })
      .find(({ key }) => !this.#calls.isCalled(key))
    if (expected) throw new JournalMismatch(expected, came)
  }
}
