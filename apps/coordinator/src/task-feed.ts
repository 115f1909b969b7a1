import type { EventLog, RedisTaskWatch } from '@longhaul/store'
import type { Nudge, TaskEvent, Unsubscribe } from '@longhaul/task'
import { isUnavailable } from './is-unavailable.ts'

export interface TaskFeedOptions {
  readonly watch: RedisTaskWatch
  readonly eventLog: EventLog
  readonly taskId: string
  /** Number of the last event that is known already; without it the feed begins with the first that comes. */
  readonly after?: number
  /** Told of each event before the next one. */
  readonly onEvent: (event: TaskEvent | Nudge) => void | Promise<void>
}

/** The events of one task, each once and in order. What no message told is read from the log of events. */
export class TaskFeed {
  readonly #options: TaskFeedOptions
  #last: number | undefined
  #work: Promise<void> = Promise.resolve()

  constructor(options: TaskFeedOptions) {
    this.#options = options
    this.#last = options.after
  }

  /** Number of the newest event that was told, or is known to need no telling. */
  get last(): number | undefined {
    return this.#last
  }

  open(): Promise<Unsubscribe> {
    const { watch, taskId } = this.#options
    return watch.watch(taskId, (event) => this.take(event))
  }

  /** What was heard of the task. */
  take(event: TaskEvent | Nudge): void {
    const { onEvent } = this.#options
    this.#do(() => (event.type === 'look' ? onEvent(event) : this.#tellNext(event)))
  }

  /** Resolves when all events up to the one of this number are told. */
  async catchUp(seq: number): Promise<void> {
    this.#do(async () => {
      this.#last ??= seq
      if (seq > this.#last) await this.#tellMissed()
    })
    await this.#work
  }

  #do(work: () => void | Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      // While the store is away nothing can be read; the next event, or the next look, tries again.
      if (!isUnavailable(error)) throw error
    })
    // Whoever catches up hears of it.
    this.#work.catch(() => {})
  }

  async #tellNext(event: TaskEvent): Promise<void> {
    this.#last ??= event.seq - 1
    if (event.seq > this.#last + 1) await this.#tellMissed()
    await this.#tell(event)
  }

  async #tellMissed(): Promise<void> {
    const { eventLog, taskId } = this.#options
    for (const event of await eventLog.read(taskId, this.#last ?? 0)) await this.#tell(event)
  }

  async #tell(event: TaskEvent): Promise<void> {
    if (event.seq <= (this.#last ?? 0)) return
    this.#last = event.seq
    await this.#options.onEvent(event)
  }
}
