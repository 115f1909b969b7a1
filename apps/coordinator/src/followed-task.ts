import type { Nudge, TaskEvent, Unsubscribe } from '@longhaul/task'
import type { Deps } from './deps.ts'
import { isUnavailable } from './is-unavailable.ts'
import { Signal } from './signal.ts'
import { TaskFeed } from './task-feed.ts'

/** Who waits for a task, as far as following it goes. */
export interface Follower {
  readonly taskId: string
  /** Number of the last event that it knows already. */
  readonly after?: number | undefined
  /** Told of each event of the task before the next one. */
  onEvent(event: TaskEvent | Nudge): void | Promise<void>
  /** Looks at the task. @returns milliseconds after which it looks again, whatever is heard meanwhile */
  look(): Promise<number>
  /** Whether it has what it waits for, or is gone. */
  isOver(): boolean
  /** Whether it waits while the store is away, and does not rather hear of that. */
  isPatient(): boolean
  /** Listens to what else concerns it. */
  listen?(): Promise<Unsubscribe>
  /** Whether it hears all events of the task there, and passes them on, so that nobody needs to listen to the task itself. */
  hearsTask?(): boolean
}

/**
 * Follows a task for whoever waits for it: hears its events, looks at it whenever there may be something to see, and
 * waits while the store is away.
 */
export class FollowedTask {
  readonly #follower: Follower
  readonly #feed: TaskFeed
  readonly #signal = new Signal()
  readonly #lookAgainMs: number

  constructor({ watch, eventLog, settings }: Pick<Deps, 'watch' | 'eventLog' | 'settings'>, follower: Follower) {
    const { taskId, after } = follower
    this.#follower = follower
    this.#lookAgainMs = settings.deliveryLeaseMs / 3
    const onEvent = (event: TaskEvent | Nudge) => follower.onEvent(event)
    this.#feed = new TaskFeed({ watch, eventLog, taskId, onEvent, ...(after !== undefined && { after }) })
  }

  /** Number of the newest event that was told, or is known to need no telling. */
  get last(): number | undefined {
    return this.#feed.last
  }

  /** Resolves when all events up to the one of this number are told. */
  catchUp(seq: number): Promise<void> {
    return this.#feed.catchUp(seq)
  }

  /** What was heard of the task by whoever waits for it. */
  take(event: TaskEvent | Nudge): void {
    this.#feed.take(event)
  }

  /** There may be something to see, or it is over. */
  lookAgain(): void {
    this.#signal.raise()
  }

  /** Resolves when it is over; nothing is looked at after that. @throws what looking at the task came to */
  async follow(): Promise<void> {
    while (!this.#follower.isOver()) {
      try {
        await this.#listenAndLook()
      } catch (error) {
        // There is nothing better that a patient one could do.
        if (!isUnavailable(error) || !this.#follower.isPatient()) throw error
        await this.#signal.wait(this.#lookAgainMs)
      }
    }
  }

  async #listenAndLook(): Promise<void> {
    const stops: Unsubscribe[] = []
    try {
      const isHeard = this.#follower.hearsTask?.() ?? false
      const listening = [isHeard ? undefined : this.#feed.open(), this.#follower.listen?.()]
      for (const begun of await Promise.allSettled(listening))
        if (begun.status === 'fulfilled' && begun.value) stops.push(begun.value)
      await Promise.all(listening)
      while (!this.#follower.isOver()) {
        const leftMs = await this.#follower.look()
        if (this.#follower.isOver() || (isHeard && !this.#follower.hearsTask?.())) return
        // No message is sure to arrive.
        await this.#signal.wait(Math.min(this.#lookAgainMs, leftMs))
      }
    } finally {
      await Promise.all(stops.map((stop) => stop()))
    }
  }
}
