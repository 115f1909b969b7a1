/** The last good definition of each file, for when the file is faulty after a change. */
export class LastGood {
  readonly #definitions = new Map<string, unknown>()
  /** Files that were asked about since `forgetOthers`. */
  #asked = new Set<string>()

  /** What the file defines now, or did when it last defined anything. One file always has one kind of definition. */
  of<T>(file: string, now: T | undefined): T | undefined {
    this.#asked.add(file)
    if (now !== undefined) this.#definitions.set(file, now)
    return this.#definitions.get(file) as T | undefined
  }

  /** Forgets files that are not there any more: those that nobody has asked about since the last time. */
  forgetOthers(): void {
    for (const file of this.#definitions.keys()) if (!this.#asked.has(file)) this.#definitions.delete(file)
    this.#asked = new Set()
  }
}
