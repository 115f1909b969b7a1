import type { Context } from '@longhaul/runtime'

/**
 * Says how far the loop is. Whole numbers are positions in the loop, the same on every run of it; a store ignores
 * those that it has heard. What a tool says of its own progress comes between two of them.
 */
export class LoopProgress {
  readonly #ctx: Context
  #position = 0
  #notes = 0

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  advance(message: string): void {
    this.#position++
    this.#notes = 0
    this.#ctx.progress(this.#position, undefined, message)
  }

  /** Rises, but never to the next position. */
  note(message: string): void {
    this.#notes++
    this.#ctx.progress(this.#position + 1 - 1 / (this.#notes + 1), undefined, message)
  }
}
