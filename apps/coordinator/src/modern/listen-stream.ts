import { modern, type RequestId, toResult } from '@longhaul/protocol'
import { LonghaulError, type Unsubscribe } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import type { EventStream } from '../event-stream.ts'
import { ListWatch } from '../exposed/list-watch.ts'
import { checkReadable, watchResource } from '../exposed/watch-resource.ts'
import { isUnavailable } from '../is-unavailable.ts'
import type { Client } from './client.ts'
import type { Wanted } from './method.ts'
import { SERVER_INFO } from './server-info.ts'
import { TaskWatch } from './task-watch.ts'

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
  readonly #tasks: TaskWatch
  readonly #lists: ListWatch
  /** Tasks to be looked at with the next look, however often there was news of them. */
  readonly #pending = new Set<string>()
  #isDue = false
  #isAcknowledged = false
  /** One look at a time, so that nothing older is told after something newer. */
  #work: Promise<void> = Promise.resolve()

  constructor(deps: Deps, options: ListenOptions, stream: EventStream) {
    this.#deps = deps
    this.#options = options
    this.#stream = stream
    const { client, wanted, requestId } = options
    this.#tasks = new TaskWatch(deps, {
      client,
      onTold: (task) => this.#stream.send(modern.toTaskNotification(requestId, task)),
    })
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
    const { settings } = this.#deps
    const { wanted, requestId } = this.#options
    const stops: Unsubscribe[] = []
    let timer: NodeJS.Timeout | undefined
    try {
      const taskIds = await this.#tasks.open(wanted.taskIds ?? [], (taskId) => this.#lookAt([taskId]))
      const uris = await this.#known(wanted.uris ?? [])
      for (const uri of uris) stops.push(await watchResource(this.#deps, uri, () => this.#tellUpdated(uri)))
      stops.push(await this.#lists.open(() => this.#lookAt([])))
      this.#stream.open()
      const honoured = {
        ...Object.fromEntries(wanted.lists.map((list) => [`${list}ListChanged`, true])),
        ...(wanted.uris && { resourceSubscriptions: uris }),
        ...(wanted.taskIds && { taskIds }),
      }
      this.#stream.send(modern.toAcknowledgement(requestId, honoured))
      this.#isAcknowledged = true
      this.#lookAt(this.#tasks.tasks)
      // No message is sure to arrive.
      timer = setInterval(() => this.#lookAt(this.#tasks.tasks), settings.keepAliveMs)
      await this.#stream.closed
      await this.#work
    } finally {
      clearInterval(timer)
      await Promise.all([this.#tasks.close(), ...stops.map((stop) => stop())])
    }
  }

  /** URIs behind which there may be something; nothing is said of others. */
  async #known(uris: readonly string[]): Promise<readonly string[]> {
    const isKnown = (uri: string) =>
      checkReadable(this.#deps, this.#options.client.principal, uri).then(
        () => [uri],
        (error: unknown) => {
          if (error instanceof LonghaulError && error.code === 'resource_not_found') return []
          throw error
        },
      )
    return (await Promise.all([...new Set(uris)].map(isKnown))).flat()
  }

  #lookAt(taskIds: readonly string[]): void {
    for (const taskId of taskIds) this.#pending.add(taskId)
    // Nothing is told before what is honoured (R28).
    if (this.#isDue || !this.#isAcknowledged) return
    this.#isDue = true
    this.#work = this.#work
      .then(() => this.#look())
      // While the store is away there is nothing to tell.
      .catch((error: unknown) => {
        if (!isUnavailable(error)) this.#stream.end()
      })
  }

  async #look(): Promise<void> {
    this.#isDue = false
    const taskIds = [...this.#pending]
    this.#pending.clear()
    for (const taskId of taskIds) await this.#tasks.look(taskId)
    await this.#lists.look()
  }

  #tellUpdated(uri: string): void {
    if (this.#isAcknowledged) this.#stream.send(modern.toResourceUpdated(this.#options.requestId, uri))
  }
}
