/** Wakes one waiter; a raise while nobody waits is kept for the next. */
export class Signal {
  #isRaised = false
  #wake: (() => void) | undefined

  raise(): void {
    this.#isRaised = true
    this.#wake?.()
  }

  /** Resolves at the next raise, or after `ms` at the latest. */
  async wait(ms: number): Promise<void> {
    if (!this.#isRaised) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#wake = undefined
    }
    this.#isRaised = false
  }
}
