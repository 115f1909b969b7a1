import { isHeldBack } from './elders.ts'

/** Questions that are answered only when code has changed under the tasks that ask them. */
export class HeldBack {
  readonly #count: number
  readonly #waiting = new Set<string>()
  readonly #allWait = Promise.withResolvers<void>()
  readonly #changed = Promise.withResolvers<void>()

  /** @param count tasks that there are */
  constructor(count: number) {
    this.#count = count
    if (count === 0) this.#allWait.resolve()
  }

  /** Resolves when all of them ask. */
  untilAllWait(): Promise<void> {
    return this.#allWait.promise
  }

  letGoOn(): void {
    this.#changed.resolve()
  }

  /** Resolves when the question may be answered; others may be at once. */
  async untilDue(label: string, key: string): Promise<void> {
    if (!isHeldBack(label, key)) return
    this.#waiting.add(label)
    if (this.#waiting.size === this.#count) this.#allWait.resolve()
    await this.#changed.promise
  }
}
