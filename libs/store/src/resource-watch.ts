import type { Unsubscribe } from '@longhaul/task'
import type { Connection } from './connection.ts'
import { resourceChannel } from './keys.ts'
import type { Watch } from './watch.ts'

/** Says to whoever subscribed to it that what is behind the URI has changed. */
export async function tellResourceUpdated(connection: Connection, uri: string): Promise<void> {
  await connection.send((redis) => redis.publish(resourceChannel(uri), ''))
}

/** Who wants to know that what is behind a URI has changed. */
export class ResourceWatch {
  readonly #watch: Watch

  constructor(watch: Watch) {
    this.#watch = watch
  }

  /** Calls `listener` whenever a tool says so, from when this resolves. */
  on(uri: string, listener: () => void): Promise<Unsubscribe> {
    return this.#watch.on(resourceChannel(uri), listener)
  }
}
