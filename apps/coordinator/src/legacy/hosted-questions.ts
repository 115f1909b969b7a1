import { legacy, type RpcRequest } from '@longhaul/protocol'
import type { HostedTask, SessionNotice } from '@longhaul/store'
import { MAX_TIMER_MS } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import type { Viewer } from './viewer.ts'

type HostedNotice = Extract<SessionNotice, { type: 'hosted' }>

export interface HostedQuestionsOptions {
  readonly deps: Pick<Deps, 'hosted' | 'settings'>
  readonly viewer: Viewer
  readonly send: (request: RpcRequest) => void
}

/**
 * The questions that the client of a session keeps in tasks of its own, as far as one stream has to do with them: asks
 * how those tasks stand that are about questions which this stream shows, and calls off those whose question is not
 * open any more. What it knows is in the store, but for the times at which to ask: when the stream ends, whichever
 * stream shows the question next goes on.
 */
export class HostedQuestions {
  readonly #options: HostedQuestionsOptions
  /** Timers of the next request about each task, by the client's id. */
  readonly #timers = new Map<string, NodeJS.Timeout>()
  readonly #tasks = new Map<string, HostedTask>()
  /** Those that are asked for their result: the client may say twice that there is one. */
  readonly #ending = new Set<string>()
  /** Keys of the questions that this stream shows, by task. */
  readonly #shown = new Map<string, Set<string>>()
  #isClosed = false

  constructor(options: HostedQuestionsOptions) {
    this.#options = options
  }

  /** This stream shows the question from now on. */
  noteShown(taskId: string, key: string): void {
    this.#shown.set(taskId, (this.#shown.get(taskId) ?? new Set()).add(key))
  }

  isShown(taskId: string, key: string): boolean {
    return this.#shown.get(taskId)?.has(key) ?? false
  }

  /** Ids of our tasks that have questions in tasks of the client which this stream does not ask about. */
  async unattended(): Promise<ReadonlySet<string>> {
    const all = await this.#list()
    return new Set(all.filter(({ id }) => !this.#tasks.has(id)).map(({ taskId }) => taskId))
  }

  /**
   * Calls off the client's tasks for questions of this task that are not open any more, and all but the last for one
   * that is: the client may have been asked twice.
   * @returns the last for each open question, by its key
   */
  async settle(taskId: string, openKeys: readonly string[]): Promise<ReadonlyMap<string, HostedTask>> {
    const ofTask = (await this.#list()).filter((hosted) => hosted.taskId === taskId)
    const kept = new Map<string, HostedTask>()
    for (const hosted of ofTask.toSorted((a, b) => a.attempt - b.attempt)) {
      if (openKeys.includes(hosted.key)) kept.set(hosted.key, hosted)
    }
    for (const hosted of ofTask) if (kept.get(hosted.key) !== hosted) await this.#callOff(hosted)
    this.#shown.set(taskId, new Set(openKeys.filter((key) => this.isShown(taskId, key))))
    if (openKeys.length === 0) this.#shown.delete(taskId)
    for (const { id, taskId: about } of this.#tasks.values()) {
      if (about === taskId && !ofTask.some((hosted) => hosted.id === id)) this.#forget(id)
    }
    return kept
  }

  /**
   * Asks how the client's task stands, now and then as often as the client wants, until there is an answer to the
   * question. Now, since what the client has told of it by itself may have come before the task was on record.
   */
  follow(hosted: HostedTask): void {
    if (this.#isClosed || this.#tasks.has(hosted.id)) return
    this.#tasks.set(hosted.id, hosted)
    this.#ask('get', hosted)
  }

  /** What the client said of one of its tasks, whichever coordinator it said it to. */
  learn({ id, status, pollMs }: HostedNotice): void {
    const hosted = this.#tasks.get(id)
    if (!hosted || this.#ending.has(id)) return
    if (status === 'completed' || status === 'failed') this.#ask(status, hosted)
    else this.#askAfter(this.#intervalMs({ ...hosted, ...(pollMs !== undefined && { pollMs }) }), hosted)
  }

  /** Asks nothing more. */
  close(): void {
    this.#isClosed = true
    for (const id of this.#tasks.keys()) this.#forget(id)
  }

  async #list(): Promise<readonly HostedTask[]> {
    const { deps, viewer } = this.#options
    return deps.hosted.list(viewer.session.id)
  }

  #askAfter(ms: number, hosted: HostedTask): void {
    clearTimeout(this.#timers.get(hosted.id))
    const timer = setTimeout(() => this.#ask('get', hosted), Math.min(ms, MAX_TIMER_MS))
    this.#timers.set(hosted.id, timer)
  }

  #ask(kind: 'get' | 'completed' | 'failed', hosted: HostedTask): void {
    const { deps, send } = this.#options
    if (kind === 'get') this.#ending.delete(hosted.id)
    else this.#ending.add(hosted.id)
    send(legacy.toHostedRequest(kind, hosted.id))
    // The answer may be lost with the coordinator that takes it.
    const { deliveryLeaseMs } = deps.settings
    this.#askAfter(kind === 'get' ? Math.max(this.#intervalMs(hosted), deliveryLeaseMs) : deliveryLeaseMs, hosted)
  }

  /** What is asked of us we ask of others: not more often than that. */
  #intervalMs({ pollMs = 0 }: HostedTask): number {
    return Math.max(pollMs, this.#options.deps.settings.pollIntervalMs)
  }

  async #callOff({ id, isOver }: HostedTask): Promise<void> {
    const { deps, viewer, send } = this.#options
    this.#forget(id)
    const isMine = await deps.hosted.drop(viewer.session.id, id)
    if (isMine && !isOver && viewer.hosting?.isCancellable) send(legacy.toHostedRequest('cancel', id))
  }

  #forget(id: string): void {
    clearTimeout(this.#timers.get(id))
    this.#timers.delete(id)
    this.#tasks.delete(id)
    this.#ending.delete(id)
  }
}
