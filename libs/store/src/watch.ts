import type { Unsubscribe } from '@longhaul/task'
import type { Connection } from './connection.ts'
import type { StoreClient } from './open-client.ts'

type Listener = (message: string) => void

/** The channels that this process listens to, over its one listening connection. */
export class Watch {
  readonly #connection: Connection
  readonly #listeners = new Map<string, Set<Listener>>()
  #started = false

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /**
   * Calls `listener` with each message from when this resolves. A message may be lost; look again now and then.
   * @throws LonghaulError `store_unavailable`
   */
  async on(channel: string, listener: Listener): Promise<Unsubscribe> {
    const listeners = this.#listeners.get(channel) ?? new Set()
    this.#listeners.set(channel, listeners)
    listeners.add(listener)
    const stop = async () => {
      listeners.delete(listener)
      if (listeners.size > 0 || this.#listeners.get(channel) !== listeners) return
      this.#listeners.delete(channel)
      // While the store is away nothing is heard anyway, and the channel is left when the connection comes back.
      await this.#connection.listen((subscriber) => subscriber.unsubscribe(channel)).catch(() => {})
    }
    try {
      // Each caller waits for its own confirmation: an earlier SUBSCRIBE of the channel may still be under way.
      await this.#connection.listen((subscriber) => {
        this.#start(subscriber)
        return subscriber.subscribe(channel)
      })
    } catch (error) {
      await stop()
      throw error
    }
    return stop
  }

  #start(subscriber: StoreClient): void {
    if (this.#started) return
    this.#started = true
    subscriber.on('message', (channel: string, message: string) => {
      for (const listener of this.#listeners.get(channel) ?? []) listener(message)
    })
  }
}
