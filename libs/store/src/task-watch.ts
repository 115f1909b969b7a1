import type { Delta, LogLevel, Nudge, TaskEvent, TaskStatus, TaskWatch, Unsubscribe } from '@longhaul/task'
import { deltaChannel, sessionKey, taskKeys } from './keys.ts'
import type { Watch } from './watch.ts'

/** What a stream of a session hears: all events of its tasks after their creation, and words from other streams. */
export type SessionNotice =
  | (TaskEvent & { readonly taskId: string })
  | (Nudge & { readonly taskId: string })
  | { readonly type: 'withdrawn'; readonly requestId: string }
  | { readonly type: 'subscribed' | 'unsubscribed'; readonly uri: string }
  | { readonly type: 'log_level'; readonly level: LogLevel }
  | { readonly type: 'knows_own_tasks_only' }
  /** Another session hears of the task from now on. */
  | { readonly type: 'adopted'; readonly taskId: string }
  /** What a client said of a task of its own. */
  | {
      readonly type: 'hosted'
      readonly id: string
      readonly status: Exclude<TaskStatus, 'cancelled'>
      readonly pollMs?: number
    }
  | { readonly type: 'closed' }
  | { readonly type: 'taken'; readonly stream: string }

export class RedisTaskWatch implements TaskWatch {
  readonly #watch: Watch
  #last: { readonly message: string; readonly parsed: unknown } = { message: 'null', parsed: null }

  constructor(watch: Watch) {
    this.#watch = watch
  }

  watch(taskId: string, listener: (event: TaskEvent | Nudge) => void): Promise<Unsubscribe> {
    return this.#watch.on(taskKeys(taskId).record, (message) => listener(JSON.parse(message)))
  }

  /** Calls `listener` with what the models of the task say while they say it. */
  watchDeltas(taskId: string, listener: (delta: Delta) => void): Promise<Unsubscribe> {
    return this.#watch.on(deltaChannel(taskId), (message) => listener(JSON.parse(message)))
  }

  watchSession(session: string, listener: (notice: SessionNotice) => void): Promise<Unsubscribe> {
    return this.#watch.on(sessionKey(session), (message) => listener(this.#parse(message)))
  }

  /** Of what the session hears, as `Watch.markOf` has it. */
  markOfSession(session: string): number | undefined {
    return this.#watch.markOf(sessionKey(session))
  }

  /** Once for all streams of a session, each of which hears every word of it. */
  #parse<Message>(message: string): Message {
    if (message !== this.#last.message) this.#last = { message, parsed: JSON.parse(message) }
    return this.#last.parsed as Message
  }
}
