import { createHash } from 'node:crypto'

/** Numbers that depend on a text alone (sfc32, seeded with its hash), so that a run can be made again. */
export class Random {
  readonly #state: Uint32Array

  constructor(seed: string) {
    this.#state = new Uint32Array(new Uint8Array(createHash('sha256').update(seed).digest()).buffer).slice(0, 4)
    for (let round = 0; round < 12; round++) this.next()
  }

  /** At least 0, less than 1. */
  next(): number {
    const state = this.#state
    const [a = 0, b = 0, c = 0, counter = 0] = state
    const sum = (a + b + counter) | 0
    state[0] = b ^ (b >>> 9)
    state[1] = c + (c << 3)
    state[2] = ((c << 21) | (c >>> 11)) + sum
    state[3] = counter + 1
    return (sum >>> 0) / 2 ** 32
  }

  /** A whole number from `least` to `most`, both included. */
  int(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1))
  }

  chance(probability: number): boolean {
    return this.next() < probability
  }

  /** @throws Error when there is nothing to pick from */
  pick<T>(choices: readonly T[]): T {
    const picked = choices[this.int(0, choices.length - 1)]
    if (picked === undefined) throw new Error('There is nothing to pick from.')
    return picked
  }

  /** The same things in another order. */
  shuffle<T>(things: readonly T[]): T[] {
    return things
      .map((thing) => ({ thing, order: this.next() }))
      .sort((one, other) => one.order - other.order)
      .map(({ thing }) => thing)
  }
}
