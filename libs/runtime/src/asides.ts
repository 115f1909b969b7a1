import type { Ledger } from '@longhaul/task'

export interface AsidesOptions {
  readonly ledger: Ledger
  /** Those that may be on their way at once. */
  readonly most: number
}

/**
 * What code says beside its steps, and does not wait for. It may come faster than the store takes it, or while that is
 * away: then what is more than memory should hold is dropped, and people are told.
 */
export class Asides {
  readonly #options: AsidesOptions
  #underWay = 0
  #dropped = 0

  constructor(options: AsidesOptions) {
    this.#options = options
  }

  say(how: (ledger: Ledger) => Promise<void>): void {
    const { ledger, most } = this.#options
    if (this.#underWay >= most) {
      this.#dropped++
      return
    }
    this.#underWay++
    // It is a courtesy: the task goes on, and what matters will run into the same trouble and say so.
    const told = () => {
      this.#underWay--
      if (this.#underWay === 0 && this.#dropped > 0) this.#tellDropped()
    }
    how(ledger).then(told, told)
  }

  #tellDropped(): void {
    const what = `${this.#dropped} messages were dropped here: they came faster than the store took them.`
    this.#dropped = 0
    this.say((ledger) => ledger.log('warning', what))
  }
}
