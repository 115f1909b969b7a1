import type { PlannedTask } from './plan.ts'

export interface LoadOptions {
  /** Makes a task, and resolves when there is nothing more to do about it. */
  readonly begin: (planned: PlannedTask) => Promise<void>
  readonly tasks: readonly PlannedTask[]
  /** Tasks that may be under way at once. */
  readonly window: number
  /** How many tasks may have been begun by now, so that there are some left for the last fault. */
  readonly budget: () => number
}

/** Submits the tasks of a plan, some at a time, and waits for the end of each. */
export class Load {
  readonly #options: LoadOptions
  #begun = 0
  #ended = 0
  #wake = Promise.withResolvers<void>()

  constructor(options: LoadOptions) {
    this.#options = options
  }

  get ended(): number {
    return this.#ended
  }

  /** Looks again at how many tasks may be begun. */
  lookAgain(): void {
    this.#wake.resolve()
  }

  /** Resolves when all have ended. */
  async run(): Promise<void> {
    const { begin, tasks, window, budget } = this.#options
    const running: Promise<void>[] = []
    for (const planned of tasks) {
      while (this.#begun - this.#ended >= window || this.#begun >= budget()) {
        await this.#wake.promise
        this.#wake = Promise.withResolvers()
      }
      this.#begun++
      const run = begin(planned).then(() => this.#end())
      run.catch(() => {}) // Heard of below, when all have begun.
      running.push(run)
    }
    await Promise.all(running)
  }

  #end(): void {
    this.#ended++
    this.lookAgain()
  }
}
