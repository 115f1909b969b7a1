import {
  type Aborted,
  type Intent,
  inOrderHeard,
  isAboutCode,
  isOutcome,
  type JournalEntry,
  type OutcomeEntry,
  type StepKind,
  type Wait,
} from '@longhaul/task'
import { describeStep, JournalMismatch } from './errors.ts'
import { type Deferrals, NO_DEFERRALS, readDeferrals } from './retry-record.ts'
import { Steering } from './steering.ts'
import { doubtKey, isDirectlyIn, parseBudgetKey, parseRetryKey, parseTimeoutKey, prefixesOf } from './step-key.ts'

/** An outcome and its place in the order in which the code of this task has heard of outcomes. */
export interface Recorded {
  readonly entry: OutcomeEntry
  readonly order: number
}

export interface StepIdentity {
  readonly key: string
  readonly kind: StepKind
  readonly input: string
}

/** They have no effect, and nothing is done by their keys alone. */
const INSTANTS: ReadonlySet<StepKind> = new Set(['now', 'random', 'elapsed'])

/** What an activation knows of its task's journal and open waits. */
export class Journal {
  readonly #outcomes = new Map<string, Recorded>()
  /** The newest record of an attempt of a step. */
  readonly #attempts = new Map<string, Intent | Aborted>()
  readonly #withdrawnAttempts = new Map<string, number>()
  readonly #waits = new Map<string, Wait>()
  readonly #supposed: Intent[] = []
  /** Numbers of the last timers that limit the time of a call, by its key. */
  readonly #timeouts = new Map<string, number>()
  /** Numbers of the last waits for room in a budget, by step. */
  readonly #budgetWaits = new Map<string, number>()
  /** The last attempts that failed and were to be made again, by step. */
  readonly #failedAttempts = new Map<string, number>()
  readonly #deferrals = new Map<string, Deferrals>()
  /** Prefixes of the scopes in which something was recorded. */
  readonly #traces = new Set<string>()
  readonly steering = new Steering((step) => this.#outcomes.get(step)?.entry.type === 'error')
  #length: number

  constructor(entries: readonly JournalEntry[], waits: readonly Wait[]) {
    for (const entry of entries) {
      if (isAttempt(entry)) this.#attempt(entry)
      else if (entry.type === 'steered' || entry.type === 'taken') this.steering.add(entry)
    }
    for (const entry of inOrderHeard(entries)) if (isOutcome(entry) && !isAboutCode(entry)) this.#hear(entry)
    // A question of a task below, or of the whole tree, is none of this one's steps.
    for (const wait of waits)
      if (wait.wait !== 'relayed' && !('raises' in wait) && !isAboutCode(wait)) this.openWait(wait)
    this.#length = entries.length
  }

  /** Records it holds, those of this activation that are not yet saved included. */
  get length(): number {
    return this.#length
  }

  /** Outcomes it holds: the order of the next one. */
  get outcomes(): number {
    return this.#outcomes.size
  }

  outcome(key: string): Recorded | undefined {
    return this.#outcomes.get(key)
  }

  /** Number of the step's last attempt that is on record; 0 when none is. */
  attempt(key: string): number {
    return this.#attempts.get(key)?.attempt ?? 0
  }

  /** That attempt, unless it is on record that it ended without effect. */
  intent(key: string): Intent | undefined {
    const last = this.#attempts.get(key)
    return last?.type === 'intent' ? last : undefined
  }

  /** Attempts of the step that are on record as without effect. */
  withdrawnAttempts(key: string): number {
    return this.#withdrawnAttempts.get(key) ?? 0
  }

  /** Number of the last attempt of a step that failed and was to be made again; 0 when none did. */
  failedAttempts(key: string): number {
    return this.#failedAttempts.get(key) ?? 0
  }

  /** Those of its failed attempts that were not made. */
  deferrals(key: string): Deferrals {
    return this.#deferrals.get(key) ?? NO_DEFERRALS
  }

  /** Number of the last timer that limits the time of a call; 0 when there is none. */
  timeouts(key: string): number {
    return this.#timeouts.get(key) ?? 0
  }

  /** Number of the last wait of a step for room in a budget; 0 when there is none. */
  budgetWaits(key: string): number {
    return this.#budgetWaits.get(key) ?? 0
  }

  /** The wait of this key, while it is open. */
  wait(key: string): Wait | undefined {
    return this.#waits.get(key)
  }

  get openWaits(): number {
    return this.#waits.size
  }

  /** Children that it waits for. */
  get openChildren(): number {
    return this.#waits
      .values()
      .filter(({ wait }) => wait === 'child')
      .toArray().length
  }

  openWait(wait: Wait): void {
    if (this.#outcomes.has(wait.key)) return
    this.#waits.set(wait.key, wait)
    this.#note(wait)
  }

  /** Whether a call of the context of the scope with this prefix was ever recorded. */
  hasTrace(prefix: string): boolean {
    return this.#traces.has(prefix)
  }

  /** Takes in a record that this activation, or somebody else, has appended; returns an outcome that is new. */
  add(entry: JournalEntry): Recorded | undefined {
    this.#length++
    if (isAboutCode(entry)) return undefined
    if (isOutcome(entry)) return this.#hear(entry)
    if (isAttempt(entry)) this.#attempt(entry)
    else if (entry.type === 'steered') this.steering.addLate(entry)
    else if (entry.type === 'taken') this.steering.add(entry)
    return undefined
  }

  /** @throws JournalMismatch when the key was recorded for something else (invariant 3) */
  check({ key, kind, input }: StepIdentity): void {
    const known = this.#outcomes.get(key)?.entry ?? this.#attempts.get(key) ?? this.#waits.get(key)
    if (!known || (known.kind === kind && known.input === input)) return
    throw new JournalMismatch(known, known.kind === kind ? 'it with another input' : describeStep({ key, kind }))
  }

  /** Steps on record that the code of the scope with this prefix has called, those first of which it has heard. */
  calledIn(prefix: string, { withAttempts }: { readonly withAttempts: boolean }): StepIdentity[] {
    const heard = this.#outcomes.values().map(({ entry }) => entry)
    const begun = withAttempts ? this.#attempts.values() : []
    return [...heard, ...begun, ...this.#waits.values()].filter(
      ({ key, kind }) => isDirectlyIn(prefix, key) && !INSTANTS.has(kind),
    )
  }

  /**
   * Whether steps that it does not know may have been done before incarnation `since` of the store began. Until one that
   * is in doubt for that reason is settled; what comes after it comes after the loss.
   */
  mayHaveForgotten(since: number): boolean {
    const isSettled = ({ key, attempt }: Intent) =>
      this.#outcomes.has(key) || this.#outcomes.has(doubtKey(key, attempt))
    return !this.#supposed.some((intent) => (intent.supposed ?? 0) >= since && isSettled(intent))
  }

  #attempt(entry: Intent | Aborted): void {
    if (entry.type === 'intent' && entry.supposed !== undefined) this.#supposed.push(entry)
    this.#attempts.set(entry.key, entry)
    if (entry.type === 'aborted') this.#withdrawnAttempts.set(entry.key, this.withdrawnAttempts(entry.key) + 1)
    this.#note(entry)
  }

  /** The first outcome of a key counts. */
  #hear(entry: OutcomeEntry): Recorded | undefined {
    if (this.#outcomes.has(entry.key)) return undefined
    const recorded = { entry, order: this.#outcomes.size }
    this.#outcomes.set(entry.key, recorded)
    this.#waits.delete(entry.key)
    this.#note(entry)
    return recorded
  }

  #note(noted: StepIdentity & { readonly value?: unknown }): void {
    const { key, kind } = noted
    for (const prefix of prefixesOf(key)) this.#traces.add(prefix)
    if (kind === 'retry') {
      const { step, attempt } = parseRetryKey(key)
      if (attempt < this.failedAttempts(step)) return
      this.#failedAttempts.set(step, attempt)
      this.#deferrals.set(step, readDeferrals(noted.value))
    } else if (kind === 'timeout') {
      const { step, number } = parseTimeoutKey(key)
      this.#timeouts.set(step, Math.max(this.timeouts(step), number))
    } else if (kind === 'budget') {
      const { step, number } = parseBudgetKey(key)
      this.#budgetWaits.set(step, Math.max(this.budgetWaits(step), number))
    }
  }
}

const isAttempt = (entry: JournalEntry): entry is Intent | Aborted =>
  entry.type === 'intent' || entry.type === 'aborted'
