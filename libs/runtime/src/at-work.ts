import type { Activation } from './activation.ts'
import type { Scope } from './scope.ts'

/** What is at work in an activation: bodies of steps, and tools whose code runs. */
export class AtWork {
  readonly #parts: Pick<Activation, 'calls' | 'journal' | 'handOver'>
  readonly #scopes = new Set<Scope>()
  #bodies = 0

  constructor(parts: Pick<Activation, 'calls' | 'journal' | 'handOver'>) {
    this.#parts = parts
  }

  /** Bodies that run, and what else the task is not let go before. */
  get bodies(): number {
    return this.#bodies
  }

  /** A body runs, or a tool does something of its own between calls of its context. */
  get isBusy(): boolean {
    return this.#bodies > 0 || this.#scopes.values().some((scope) => scope.pending === 0)
  }

  /** Nothing runs but tools of which it is known what they have done. */
  get isQuiet(): boolean {
    return this.#bodies === 0 && !this.#scopes.values().some((scope) => this.isOpaque(scope))
  }

  /** The task's own tool is opaque. */
  get isInterrupted(): boolean {
    return this.#scopes.values().some((scope) => scope.prefix === '' && this.isOpaque(scope))
  }

  /** A tool does something that nobody knows of: it has left no trace, and waits for no call of its context. */
  isOpaque(scope: Scope): boolean {
    return scope.pending === 0 && !this.#parts.journal.hasTrace(scope.prefix)
  }

  /** A body begins; `leaveBody` is to be called when it has ended, and what it came to is recorded. */
  enterBody(): void {
    this.#bodies++
  }

  leaveBody(): void {
    this.#bodies--
    this.#parts.handOver.whenQuiet()
  }

  /** The task is not let go before the promise has settled, although nothing of its code runs. */
  async during<T>(work: Promise<T>): Promise<T> {
    this.enterBody()
    try {
      return await work
    } finally {
      this.#parts.calls.touch()
      this.leaveBody()
    }
  }

  /** Code of a tool starts to run. */
  enter(scope: Scope): void {
    this.#scopes.add(scope)
    this.#parts.calls.touch()
  }

  leave(scope: Scope): void {
    this.#scopes.delete(scope)
    this.#parts.handOver.whenQuiet()
  }

  /** The time of a tool is over: what its code waits for, it never hears. */
  endScope(scope: Scope, reason: unknown): void {
    scope.end?.(reason)
    for (const inner of this.#scopes) if (inner.over?.aborted) this.#scopes.delete(inner)
    this.#parts.calls.forget(scope.prefix)
    this.#parts.calls.touch()
  }
}
