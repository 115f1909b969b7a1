const MOST_TEXTS = 500
/** What is made of a text takes about ten times as much. */
const MOST_CHARACTERS = 8 * 1024 * 1024

/** What was made of texts, or why nothing was, for as many of those that were wanted last as there is room for. */
export class NewestTexts<Made> {
  readonly #made = new Map<string, () => Made>()
  #characters = 0

  /** @throws what `make` threw for this text */
  get(text: string, make: () => Made): Made {
    const made = this.#made.get(text) ?? attempt(make)
    if (this.#made.delete(text)) this.#characters -= text.length
    // Put at the end: wanted last.
    this.#made.set(text, made)
    this.#characters += text.length
    for (const oldest of this.#made.keys()) {
      if (this.#made.size <= MOST_TEXTS && this.#characters <= MOST_CHARACTERS) break
      this.#made.delete(oldest)
      this.#characters -= oldest.length
    }
    return made()
  }
}

/** What it comes to, as often as one wants. */
function attempt<Made>(make: () => Made): () => Made {
  try {
    const made = make()
    return () => made
  } catch (error) {
    return () => {
      throw error
    }
  }
}
