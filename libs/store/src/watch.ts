import type { Unsubscribe } from '@longhaul/task'
import type { Connection } from './connection.ts'

type Listener = (message: string) => void

/** The channels that this process listens to, over its one listening connection. */
export class Watch {
  readonly #connection: Connection
  readonly #listeners = new Map<string, Set<Listener>>()
  #started = false

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Calls `listener` with each message from when this resolves. A message may be lost; look again now and then. */
  async on(channel: string, listener: Listener): Promise<Unsubscribe> {
    this.#start()
    let listeners = this.#listeners.get(channel)
    if (!listeners) {
      listeners = new Set()
      this.#listeners.set(channel, listeners)
    }
    listeners.add(listener)
    // Each caller waits for its own confirmation: an earlier SUBSCRIBE of the channel may still be under way.
    await this.#connection.subscriber.subscribe(channel)
    return async () => {
      listeners.delete(listener)
      if (listeners.size > 0 || this.#listeners.get(channel) !== listeners) return
      this.#listeners.delete(channel)
      await this.#connection.subscriber.unsubscribe(channel)
    }
  }

  #start(): void {
    if (this.#started) return
    this.#started = true
    this.#connection.subscriber.on('message', (channel, message) => {
      for (const listener of this.#listeners.get(channel) ?? []) listener(message)
    })
  }
}
