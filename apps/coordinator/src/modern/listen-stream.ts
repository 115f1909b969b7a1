import { modern, type RequestId, RPC, RpcError, toResult } from '@longhaul/protocol'
import { type FinishedTask, type JsonObject, LonghaulError, type Task, type Unsubscribe } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import type { EventStream } from '../event-stream.ts'
import { findReader } from '../exposed/find-exposed.ts'
import { ListWatch } from '../exposed/list-watch.ts'
import { isUnavailable } from '../is-unavailable.ts'
import type { Wanted } from './answer.ts'
import type { Client } from './client.ts'
import { SERVER_INFO } from './server-info.ts'
import { detail } from './tasks.ts'

export interface ListenOptions {
  readonly client: Client
  readonly requestId: RequestId
  readonly wanted: Wanted
}

/**
 * subscriptions/listen: first what of it is honoured, then each task as it is now and whenever it has changed, and which
 * lists and resources have (R28, U31 to U36, F14, F17).
 */
export class ListenStream {
  readonly #deps: Deps
  readonly #options: ListenOptions
  readonly #stream: EventStream
  /** The last that was told of each task, as JSON. */
  readonly #told = new Map<string, string>()
  readonly #lists: ListWatch
  #isAcknowledged = false
  /** One look at a time, so that nothing older is told after something newer. */
  #work: Promise<void> = Promise.resolve()

  constructor(deps: Deps, options: ListenOptions, stream: EventStream) {
    this.#deps = deps
    this.#options = options
    this.#stream = stream
    const { wanted, requestId } = options
    this.#lists = new ListWatch({
      catalog: deps.catalog,
      lists: wanted.lists,
      onChanged: (list) => this.#stream.send(modern.toListChanged(requestId, list)),
    })
  }

  /** This coordinator ends: so does the subscription, in order (R29). */
  end(): void {
    const { requestId } = this.#options
    if (this.#isAcknowledged && this.#stream.isOpen) {
      this.#stream.send(toResult(requestId, modern.toListenResult(requestId, SERVER_INFO)))
    }
    this.#stream.end()
  }

  /** Resolves when the client or this coordinator has ended it. @throws what broke it */
  async run(): Promise<void> {
    const { watch, resources, settings } = this.#deps
    const { wanted, requestId } = this.#options
    const stops: Unsubscribe[] = []
    let timer: NodeJS.Timeout | undefined
    try {
      const taskIds = await this.#honoured(wanted.taskIds ?? [])
      for (const taskId of taskIds) stops.push(await watch.watch(taskId, () => this.#lookAt([taskId])))
      const uris = await this.#known(wanted.uris ?? [])
      for (const uri of uris) stops.push(await resources.on(uri, () => this.#tellUpdated(uri)))
      stops.push(await this.#lists.open(() => this.#lookAt([])))
      this.#stream.open()
      const honoured = {
        ...Object.fromEntries(wanted.lists.map((list) => [`${list}ListChanged`, true])),
        ...(wanted.uris && { resourceSubscriptions: uris }),
        ...(wanted.taskIds && { taskIds }),
      }
      this.#stream.send(modern.toAcknowledgement(requestId, honoured))
      this.#isAcknowledged = true
      this.#lookAt(taskIds)
      // No message is sure to arrive.
      timer = setInterval(() => this.#lookAt(taskIds), settings.keepAliveMs)
      await this.#stream.closed
      await this.#work
    } finally {
      clearInterval(timer)
      await Promise.all(stops.map((stop) => stop()))
    }
  }

  /** Those that the client may read; of others nothing is said, not even that there is none. */
  async #honoured(taskIds: readonly string[]): Promise<readonly string[]> {
    const readable = await Promise.all([...new Set(taskIds)].map(async (id) => ((await this.#read(id)) ? [id] : [])))
    return readable.flat()
  }

  /** URIs behind which there may be something; nothing is said of others. */
  async #known(uris: readonly string[]): Promise<readonly string[]> {
    const isKnown = (uri: string) =>
      findReader(this.#deps.catalog, uri).then(
        () => [uri],
        (error: unknown) => {
          if (error instanceof LonghaulError && error.code === 'resource_not_found') return []
          throw error
        },
      )
    return (await Promise.all([...new Set(uris)].map(isKnown))).flat()
  }

  #lookAt(taskIds: readonly string[]): void {
    this.#work = this.#work
      .then(async () => {
        for (const taskId of taskIds) await this.#tellTask(taskId)
        await this.#lists.look()
      })
      // While the store is away there is nothing to tell.
      .catch((error: unknown) => {
        if (!isUnavailable(error)) this.#stream.end()
      })
  }

  async #tellTask(taskId: string): Promise<void> {
    const task = await this.#read(taskId)
    if (!task || !this.#stream.isOpen) return
    const detailed = await this.#detail(task)
    if (!detailed) return
    const json = JSON.stringify(detailed)
    if (this.#told.get(taskId) === json) return
    this.#told.set(taskId, json)
    this.#stream.send(modern.toTaskNotification(this.#options.requestId, detailed))
  }

  /** Undefined while the task asks what this client cannot be asked (U39): it hears of what comes after that. */
  async #detail(task: Task | FinishedTask): Promise<JsonObject | undefined> {
    try {
      return await detail(this.#deps, this.#options.client, task)
    } catch (error) {
      if (error instanceof RpcError && error.code === RPC.missingCapability) return undefined
      throw error
    }
  }

  #tellUpdated(uri: string): void {
    // Nothing is told before what is honoured (R28).
    if (this.#isAcknowledged) this.#stream.send(modern.toResourceUpdated(this.#options.requestId, uri))
  }

  async #read(taskId: string) {
    try {
      return await this.#deps.engine.inspectOutcome(this.#options.client.principal, taskId)
    } catch (error) {
      if (error instanceof LonghaulError && error.code === 'task_not_found') return undefined
      throw error
    }
  }
}
