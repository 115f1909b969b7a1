import type { Unsubscribe } from '@longhaul/task'
import { resourceChannel } from './keys.ts'
import type { Watch } from './watch.ts'

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
