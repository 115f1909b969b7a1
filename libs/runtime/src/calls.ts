import type { Json, OutcomeEntry, StepFailure } from '@longhaul/task'
import { copyJson } from './copy-json.ts'
import { StepError } from './errors.ts'
import type { Journal, Recorded } from './journal.ts'
import type { Scope } from './scope.ts'
import { Turns } from './turns.ts'

/** What the code of an activation asks for, and how it hears of it: one outcome per turn, in the order of the journal. */
export class Calls {
  readonly #journal: Journal
  readonly #turns: Turns
  readonly #recordedBefore: number
  readonly #used = new Set<string>()
  readonly #unheard = new Map<string, (entry: OutcomeEntry) => void>()
  #isReplay: boolean

  /** `onQuiet`: called at the end of a turn after which nothing is left to be heard. */
  constructor(journal: Journal, onQuiet: () => void) {
    this.#journal = journal
    this.#turns = new Turns(onQuiet)
    this.#recordedBefore = journal.outcomes
    this.#isReplay = this.#recordedBefore > 0
  }

  /** Whether the code only does again what it did in an earlier activation. */
  get isReplay(): boolean {
    return this.#isReplay
  }

  /** Whether the code may still be at work on what it has heard, or has more to hear. */
  get isPending(): boolean {
    return this.#turns.isPending
  }

  /** Takes a key for this run. @throws Error when it was used before in this run */
  use(key: string): void {
    if (this.#used.has(key)) throw new Error(`The step key '${key}' is used twice in one run of the task.`)
    this.#used.add(key)
  }

  /** Whether the code of this run has called the step. */
  isCalled(key: string): boolean {
    return this.#used.has(key)
  }

  /** What code will hear of the step. @throws StepError with the step's failure */
  ask(scope: Scope, key: string): Promise<Json> {
    scope.pending++
    return new Promise((resolve, reject) => {
      this.#unheard.set(key, (entry) => {
        scope.pending--
        this.#unheard.delete(key)
        if (entry.type === 'value') resolve(copyJson(entry.value))
        else reject(new StepError(key, copyJson(entry.error as unknown as Json) as unknown as StepFailure))
      })
    })
  }

  /** For an outcome that was there before code asked for it. */
  replay(recorded: Recorded): void {
    this.#turns.later(recorded.order, () => this.#hear(recorded))
  }

  /** For an outcome that has just come about; code may not have asked for it yet. */
  tell(recorded: Recorded): void {
    if (this.#unheard.has(recorded.entry.key)) this.#turns.now(recorded.order, () => this.#hear(recorded))
  }

  /** What a step came to, if the code of this run has heard of it. */
  heard(key: string): OutcomeEntry | undefined {
    return this.#used.has(key) && !this.#unheard.has(key) ? this.#journal.outcome(key)?.entry : undefined
  }

  /** Lets nothing be heard any more of the steps with this prefix. */
  forget(prefix: string): void {
    for (const key of this.#unheard.keys()) if (key.startsWith(prefix)) this.#unheard.delete(key)
  }

  /** Deadlines of the open waits that the code waits for, Unix ms. */
  deadlines(): number[] {
    return [...this.#unheard.keys()].flatMap((key) => this.#journal.wait(key)?.deadline ?? [])
  }

  /** Notes that the code came by this record, or by something that was not recorded: then it does new things. */
  pass(recorded: Recorded | undefined): void {
    this.#isReplay &&= recorded !== undefined && recorded.order < this.#recordedBefore - 1
  }

  /** To be called whenever code starts to run, and when it waits for something new. */
  touch(): void {
    this.#turns.touch()
  }

  /** Nothing is heard any more. */
  stop(): void {
    this.#turns.stop()
  }

  #hear(recorded: Recorded): void {
    this.pass(recorded)
    this.#unheard.get(recorded.entry.key)?.(recorded.entry)
  }
}
