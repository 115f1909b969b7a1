import type { StepHandle } from './context.ts'

/** What the body of a step is given for one attempt. Its signal is made when the body asks for it. */
export class Attempt implements StepHandle {
  readonly idempotencyKey: string
  readonly attempt: number
  readonly #makeSignal: () => AbortSignal
  #signal: AbortSignal | undefined

  constructor(idempotencyKey: string, attempt: number, makeSignal: () => AbortSignal) {
    this.idempotencyKey = idempotencyKey
    this.attempt = attempt
    this.#makeSignal = makeSignal
  }

  get signal(): AbortSignal {
    this.#signal ??= this.#makeSignal()
    return this.#signal
  }
}
