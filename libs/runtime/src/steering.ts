import type { Steered, Taken } from '@longhaul/task'

/** What people have sent to a task while it runs, and which of its model steps have taken it. */
export class Steering {
  /** By key, in the order in which they were sent. */
  readonly #texts = new Map<string, string>()
  /** Keys of what a step took, by the key of the step. */
  readonly #taken = new Map<string, readonly string[]>()
  /** Whether a step has failed: what it had taken, nobody has heard. */
  readonly #hasFailed: (step: string) => boolean
  /** Those that came after this activation had begun. */
  readonly #late = new Set<string>()

  constructor(hasFailed: (step: string) => boolean) {
    this.#hasFailed = hasFailed
  }

  add(entry: Steered | Taken): void {
    if (entry.type === 'taken') this.#taken.set(entry.key, [...this.#takenBy(entry.key), ...entry.steers])
    else this.#texts.set(entry.key, entry.text)
  }

  /** Adds what came after this activation had begun. */
  addLate(entry: Steered): void {
    this.add(entry)
    this.#late.add(entry.key)
  }

  /** What a step has taken so far, in order. */
  textsOf(step: string): readonly string[] {
    return this.#takenBy(step).flatMap((key) => this.#texts.get(key) ?? [])
  }

  /** Keys of what no step has taken, as far as is on record, but such as have failed. */
  untaken(): readonly string[] {
    return this.#without((step) => !this.#hasFailed(step))
  }

  /** The same in words. */
  untakenTexts(): readonly string[] {
    return this.untaken().flatMap((key) => this.#texts.get(key) ?? [])
  }

  /** Whether there is something that none of these steps has taken, or only such as have failed. */
  isWaiting(steps: (step: string) => boolean): boolean {
    return this.#without((step) => steps(step) && !this.#hasFailed(step)).length > 0
  }

  /** Whether there is something that came late and that no step has taken: the code may have ended without a look at it. */
  get isUnseen(): boolean {
    return this.#without(() => true).some((key) => this.#late.has(key))
  }

  #takenBy(step: string): readonly string[] {
    return this.#taken.get(step) ?? []
  }

  #without(steps: (step: string) => boolean): readonly string[] {
    if (this.#texts.size === 0) return []
    const taken = new Set([...this.#taken].flatMap(([step, keys]) => (steps(step) ? keys : [])))
    return [...this.#texts.keys()].filter((key) => !taken.has(key))
  }
}
