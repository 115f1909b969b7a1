import type { Activation } from './activation.ts'
import { LazyAbort } from './lazy-abort.ts'

/**
 * How an activation ended. `lost`: another claim, a cancellation or the store took the task out of its hands.
 * `handed_back`: any worker may go on with the task at once.
 */
export type Ended = 'finished' | 'suspended' | 'lost' | 'handed_back'

/**
 * How far an activation has come: it runs, it is over (nothing is heard and nothing begins any more), it has ended (nothing
 * is written any more). On the way to another worker it leaves (nothing begins), and may be cut (what runs is told to stop).
 */
export class Life {
  readonly #parts: Pick<Activation, 'calls' | 'timers' | 'writer'>
  readonly #ended = Promise.withResolvers<Ended>()
  readonly #fatal = Promise.withResolvers<never>()
  readonly #abort = new LazyAbort()
  #isLeaving = false
  #isCut = false
  #isOver = false
  #hasEnded = false

  constructor(parts: Pick<Activation, 'calls' | 'timers' | 'writer'>) {
    this.#parts = parts
    this.#fatal.promise.catch(() => {})
  }

  /** Whether nothing more begins, for the task to go on with another worker. */
  get isLeaving(): boolean {
    return this.#isLeaving
  }

  /** Whether what runs was told to stop, for the task to go on with another worker. */
  get isCut(): boolean {
    return this.#isCut
  }

  /** Whether nothing is heard and nothing begins any more: it has ended, or is about to finish the task. */
  get isOver(): boolean {
    return this.#isOver
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Whether it still counts what something comes to that runs: also when it was told to stop. */
  get isRecording(): boolean {
    return !this.#isOver || this.#isCut
  }

  /** Settles when it has ended. */
  get ended(): Promise<Ended> {
    return this.#ended.promise
  }

  /** Rejects with what the task must fail with, whether or not its code catches it. */
  get fatal(): Promise<never> {
    return this.#fatal.promise
  }

  /** Aborts when it has ended, or what runs was told to stop. */
  get signal(): AbortSignal {
    return this.#abort.signal
  }

  /** What it was told to stop with; undefined before. */
  get stopReason(): unknown {
    return this.#abort.reason
  }

  leave(): void {
    this.#isLeaving = true
  }

  cut(reason: unknown): void {
    this.#isLeaving = true
    this.#isCut = true
    this.close()
    this.#abort.abort(() => reason)
  }

  /** It is over, and the task fails with the error. */
  fail(error: unknown): void {
    this.close()
    this.#fatal.reject(error)
  }

  /** It is over. */
  close(): void {
    this.#isOver = true
    this.#parts.calls.stop()
    this.#parts.timers.clear()
  }

  /** Ends it with nothing more written. */
  end(how: Ended, reason?: unknown): void {
    this.close()
    this.#hasEnded = true
    this.#parts.writer.close()
    this.#abort.abort(() => reason ?? new Error(`The activation has ended: ${how}.`))
    this.#ended.resolve(how)
  }
}
