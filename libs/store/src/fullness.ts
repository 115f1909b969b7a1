import { setTimeout as delay } from 'node:timers/promises'

/** How often a store that was full is asked whether it has room again. No setting: who waits for room tries oftener. */
const LOOK_EVERY_MS = 1000

export interface FullnessOptions {
  /** Whether the store is still full, as it says itself. */
  readonly ask: () => Promise<boolean>
  readonly onFull: (isFull: boolean) => void
  readonly closing: AbortSignal
}

/** Whether the store refuses what is new since it is full: from the first refusal on until it says that it has room. */
export class Fullness {
  readonly #options: FullnessOptions
  #isFull = false

  constructor(options: FullnessOptions) {
    this.#options = options
  }

  get isFull(): boolean {
    return this.#isFull
  }

  /** Something was refused. */
  note(): void {
    if (this.#isFull) return
    this.#isFull = true
    this.#options.onFull(true)
    void this.#untilThereIsRoom()
  }

  async #untilThereIsRoom(): Promise<void> {
    const { ask, onFull, closing } = this.#options
    do await delay(LOOK_EVERY_MS, undefined, { signal: closing }).catch(() => {})
    while (!closing.aborted && (await ask().catch(() => true)))
    if (closing.aborted) return
    this.#isFull = false
    onFull(false)
  }
}
