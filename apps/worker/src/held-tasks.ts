import type { Running } from '@longhaul/runtime'
import type { Claimed } from '@longhaul/task'

/** A task that this worker runs. */
export interface Held {
  readonly runId: string
  /** By `performance.now()`. */
  readonly claimedAt: number
  readonly claimed: Claimed
  readonly running: Running
  /** Ends its activation at once, with nothing written. */
  readonly lose: (why: string) => void
}

/**
 * The tasks that this worker runs, by their ids. Each is behind a slot that is emptied when it is let go: a Map that
 * grows and shrinks leaves older tables behind, each of which leads to the next, and so all that was ever in one of them
 * would be copied by every collection of young garbage until there is a full one.
 */
export class HeldTasks {
  readonly #slots = new Map<string, { held: Held | undefined }>()

  get size(): number {
    return this.#slots.size
  }

  get(taskId: string): Held | undefined {
    return this.#slots.get(taskId)?.held
  }

  /** @returns how to let it go again; a later claim of the task stays */
  hold(taskId: string, held: Held): () => void {
    const slot: { held: Held | undefined } = { held }
    this.#slots.set(taskId, slot)
    return () => {
      slot.held = undefined
      if (this.#slots.get(taskId) === slot) this.#slots.delete(taskId)
    }
  }

  /** As they are now. */
  entries(): [taskId: string, held: Held][] {
    return [...this.#slots].flatMap(([taskId, { held }]) => (held ? [[taskId, held]] : []))
  }
}
