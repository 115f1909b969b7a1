import { atTurnEnd } from './turn-end.ts'

/**
 * Lets code hear of one outcome per turn of the event loop, in order. So what it does on hearing is over, up to the
 * next call of its context, before it hears more: live and on replay it meets the same outcomes at the same points.
 */
export class Turns {
  readonly #queue: { readonly order: number; readonly hear: () => void }[] = []
  readonly #onQuiet: () => void
  /** Takes back that it ends; undefined outside of a turn. */
  #turn: (() => void) | undefined
  #isStopped = false

  /** `onQuiet`: called at the end of a turn after which nothing is left to be heard. */
  constructor(onQuiet: () => void) {
    this.#onQuiet = onQuiet
  }

  /** Whether code may still be at work on what it has heard, or has more to hear. */
  get isPending(): boolean {
    return this.#turn !== undefined
  }

  /** For an outcome that code has just asked for: others with a lower order may still be asked for in this turn. */
  later(order: number, hear: () => void): void {
    const place = this.#queue.findLastIndex((other) => other.order < order) + 1
    this.#queue.splice(place, 0, { order, hear })
    this.touch()
  }

  /** For an outcome that has just come about: at once, unless a turn has begun. */
  now(order: number, hear: () => void): void {
    if (this.#isStopped) return
    if (this.#turn) {
      this.later(order, hear)
    } else {
      this.touch()
      hear()
    }
  }

  /** Begins a turn, unless there is one: what code is doing now ends with it. Then more is heard, or it is quiet. */
  touch(): void {
    if (!this.#isStopped) this.#turn ??= atTurnEnd(() => this.#endTurn())
  }

  /** Nothing is heard any more. */
  stop(): void {
    this.#isStopped = true
    this.#turn?.()
    this.#turn = undefined
    this.#queue.length = 0
  }

  #endTurn(): void {
    this.#turn = undefined
    const next = this.#queue.shift()
    if (next) this.now(next.order, next.hear)
    else this.#onQuiet()
  }
}
