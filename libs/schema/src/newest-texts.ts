const MOST_TEXTS = 500
/** What is made of a text takes about ten times as much. */
const MOST_CHARACTERS = 8 * 1024 * 1024

/** It may have been the machine that was slow; and to try each time would make it so. */
const FAILURE_KEPT_MS = 60_000

interface Made<Value> {
  readonly get: () => Value
  readonly isFailure: boolean
  readonly at: number
}

/** What was made of texts, for as many of those that were wanted last as there is room for; for a minute why nothing was. */
export class NewestTexts<Value> {
  readonly #made = new Map<string, Made<Value>>()
  #characters = 0

  /** @throws what `make` threw for this text */
  get(text: string, make: () => Value): Value {
    const made = this.#kept(text) ?? attempt(make)
    if (this.#made.delete(text)) this.#characters -= text.length
    // Put at the end: wanted last.
    this.#made.set(text, made)
    this.#characters += text.length
    for (const oldest of this.#made.keys()) {
      if (this.#made.size <= MOST_TEXTS && this.#characters <= MOST_CHARACTERS) break
      this.#made.delete(oldest)
      this.#characters -= oldest.length
    }
    return made.get()
  }

  #kept(text: string): Made<Value> | undefined {
    const made = this.#made.get(text)
    return made?.isFailure && Date.now() - made.at >= FAILURE_KEPT_MS ? undefined : made
  }
}

/** What it comes to, as often as one wants. */
function attempt<Value>(make: () => Value): Made<Value> {
  const at = Date.now()
  try {
    const value = make()
    return { get: () => value, isFailure: false, at }
  } catch (error) {
    const fail = () => {
      throw error
    }
    return { get: fail, isFailure: true, at }
  }
}
