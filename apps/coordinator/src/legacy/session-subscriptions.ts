import type { Unsubscribe } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { watchResource } from '../exposed/watch-resource.ts'

/** The resources whose changes a session's stream tells (F17). */
export class SessionSubscriptions {
  readonly #deps: Deps
  readonly #session: string
  readonly #onUpdated: (uri: string) => void
  readonly #stops = new Map<string, Promise<Unsubscribe>>()

  constructor(deps: Deps, session: string, onUpdated: (uri: string) => void) {
    this.#deps = deps
    this.#session = session
    this.#onUpdated = onUpdated
  }

  async open(): Promise<void> {
    const uris = await this.#deps.sessions.subscriptions(this.#session)
    await Promise.all(uris.map((uri) => this.add(uri)))
  }

  async add(uri: string): Promise<void> {
    if (this.#stops.has(uri)) return
    const stop = watchResource(this.#deps, uri, () => this.#onUpdated(uri))
    this.#stops.set(uri, stop)
    await stop
  }

  async remove(uri: string): Promise<void> {
    const stop = this.#stops.get(uri)
    this.#stops.delete(uri)
    await (await stop)?.()
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#stops.keys()].map((uri) => this.remove(uri)))
  }
}
