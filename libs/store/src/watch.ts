import type { Unsubscribe } from '@longhaul/task'
import type { Connection } from './connection.ts'
import type { StoreClient } from './open-client.ts'

type Listener = (message: string) => void

/**
 * Time for which a channel is still listened to when nobody here does any more: whoever has called will call again, and
 * many channels are left in one go.
 */
const LINGER_MS = 2000

/** The channels that this process listens to, over its one listening connection. */
export class Watch {
  readonly #connection: Connection
  readonly #lingerMs: number
  readonly #listeners = new Map<string, Set<Listener>>()
  /** Channels that the store has confirmed, on the connection as it is, each with its mark. */
  readonly #inForce = new Map<string, number>()
  #lastMark = 0
  readonly #left = new Set<string>()
  #leaving: NodeJS.Timeout | undefined
  #started = false

  constructor(connection: Connection, { lingerMs = LINGER_MS } = {}) {
    this.#connection = connection
    this.#lingerMs = lingerMs
  }

  /**
   * Calls `listener` with each message from when this resolves. A message may be lost; look again now and then.
   * @throws LonghaulError `store_unavailable`
   */
  async on(channel: string, listener: Listener): Promise<Unsubscribe> {
    const listeners = this.#listeners.get(channel) ?? new Set()
    this.#listeners.set(channel, listeners)
    this.#left.delete(channel)
    listeners.add(listener)
    const stop = async () => {
      listeners.delete(listener)
      if (listeners.size === 0 && this.#listeners.get(channel) === listeners) this.#leaveLater(channel)
    }
    if (this.#inForce.has(channel)) return stop
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
    if (this.#listeners.has(channel) && !this.#inForce.has(channel)) this.#inForce.set(channel, ++this.#lastMark)
    return stop
  }

  /**
   * Another one after each message, and after each time in which the channel was not listened to: while it stays the same
   * nothing was missed. Undefined where nobody listens.
   */
  markOf(channel: string): number | undefined {
    return this.#inForce.get(channel)
  }

  #leaveLater(channel: string): void {
    this.#listeners.delete(channel)
    this.#left.add(channel)
    this.#leaving ??= setTimeout(() => this.#leave(), this.#lingerMs).unref()
  }

  #leave(): void {
    this.#leaving = undefined
    const channels = [...this.#left]
    this.#left.clear()
    for (const channel of channels) this.#inForce.delete(channel)
    // While the store is away nothing is heard anyway, and the channels are left when the connection comes back.
    if (channels.length > 0)
      this.#connection.listen((subscriber) => subscriber.unsubscribe(...channels)).catch(() => {})
  }

  #start(subscriber: StoreClient): void {
    if (this.#started) return
    this.#started = true
    subscriber.on('message', (channel: string, message: string) => {
      if (this.#inForce.has(channel)) this.#inForce.set(channel, ++this.#lastMark)
      for (const listener of this.#listeners.get(channel) ?? []) listener(message)
    })
    subscriber.on('close', () => this.#inForce.clear())
  }
}
