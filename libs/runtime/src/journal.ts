import type { Intent, JournalEntry, OutcomeEntry, StepKind, Wait } from '@longhaul/task'
import { JournalMismatch } from './errors.ts'

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

/** What an activation knows of its task's journal and open waits. */
export class Journal {
  readonly #outcomes = new Map<string, Recorded>()
  readonly #intents = new Map<string, Intent>()
  readonly #waits = new Map<string, Wait>()
  #length = 0
  #heard = 0

  constructor(entries: readonly JournalEntry[], waits: readonly Wait[]) {
    for (const entry of entries) if (entry.type === 'intent') this.#intents.set(entry.key, entry)
    for (const entry of inOrderHeard(entries)) this.#hear(entry)
    for (const wait of waits) this.#waits.set(wait.key, wait)
    this.#length = entries.length
  }

  /** Records it holds, those of this activation that are not yet saved included. */
  get length(): number {
    return this.#length
  }

  outcome(key: string): Recorded | undefined {
    return this.#outcomes.get(key)
  }

  intent(key: string): Intent | undefined {
    return this.#intents.get(key)
  }

  wait(key: string): Wait | undefined {
    return this.#waits.get(key)
  }

  openWait(wait: Wait): void {
    this.#waits.set(wait.key, wait)
  }

  /** Whether anything under `prefix` was recorded, questions about doubt and intents of the call itself aside. */
  hasUnder(prefix: string): boolean {
    const counts = (key: string) => key.startsWith(prefix) && !key.slice(prefix.length).startsWith('!')
    return [this.#outcomes, this.#intents, this.#waits].some((known) => known.keys().some(counts))
  }

  /** Takes in a record that this activation, or somebody else, has appended. */
  add(entry: JournalEntry): Recorded | undefined {
    this.#length++
    if (entry.type === 'intent') {
      this.#intents.set(entry.key, entry)
      return undefined
    }
    this.#waits.delete(entry.key)
    return this.#hear(entry)
  }

  /** @throws JournalMismatch when the key was recorded for something else (invariant 3) */
  check({ key, kind, input }: StepIdentity): void {
    const known = this.#outcomes.get(key)?.entry ?? this.#intents.get(key) ?? this.#waits.get(key)
    if (!known || (known.kind === kind && known.input === input)) return
    const was = known.kind === kind ? 'another input' : `a step of kind '${known.kind}'`
    throw new JournalMismatch(
      `the step '${key}' (${kind}) was recorded as ${was}. Has the code changed under a running task?`,
    )
  }

  #hear(entry: OutcomeEntry): Recorded {
    const recorded = { entry, order: this.#heard++ }
    this.#outcomes.set(entry.key, recorded)
    return recorded
  }
}

/**
 * Outcomes in the order in which the code heard of them, which is that of the journal but for one case: an activation
 * goes on with an outcome before it is saved, so what others appended in between was heard later (`seen`).
 */
function inOrderHeard(entries: readonly JournalEntry[]): OutcomeEntry[] {
  const places = entries.map((entry, place) => ({ entry, place: placeHeard(entry, place) }))
  places.sort((a, b) => a.place - b.place)
  return places.flatMap(({ entry }) => (entry.type === 'intent' ? [] : [entry]))
}

/** Before the record that stood next when the activation went on. */
const placeHeard = (entry: JournalEntry, place: number): number =>
  entry.type === 'intent' || entry.seen === undefined ? place : entry.seen - 0.5
