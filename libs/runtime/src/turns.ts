/**
 * Lets code hear of one outcome per turn of the event loop, in order. So what it does on hearing is over, up to the
 * next call of its context, before it hears more: live and on replay it meets the same outcomes at the same points.
 */
export class Turns {
  readonly #queue: { readonly order: number; readonly hear: () => void }[] = []
  readonly #onQuiet: () => void
  #turn: NodeJS.Immediate | undefined
  #stopped = false

  /** `onQuiet`: called at the end of a turn after which nothing is left to be heard. */
  constructor(onQuiet: () => void) {
    this.#onQuiet = onQuiet
  }

  /** For an outcome that code has just asked for: others with a lower order may still be asked for in this turn. */
  later(order: number, hear: () => void): void {
    const place = this.#queue.findLastIndex((other) => other.order < order) + 1
    this.#queue.splice(place, 0, { order, hear })
    this.touch()
  }

  /** For an outcome that has just come about: at once, unless this turn has had its one. */
  now(order: number, hear: () => void): void {
    if (this.#turn || this.#queue.length > 0) {
      this.later(order, hear)
      return
    }
    this.touch()
    hear()
  }

  /** Makes sure that a turn ends, and `onQuiet` is asked, after what is being done now. */
  touch(): void {
    if (this.#stopped) return
    this.#turn ??= setImmediate(() => this.#endTurn())
  }

  /** Nothing is heard any more. */
  stop(): void {
    this.#stopped = true
    if (this.#turn) clearImmediate(this.#turn)
    this.#queue.length = 0
  }

  #endTurn(): void {
    this.#turn = undefined
    const next = this.#queue.shift()
    if (!next) {
      this.#onQuiet()
      return
    }
    this.touch()
    next.hear()
  }
}
