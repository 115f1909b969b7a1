import type { RpcNotification, RpcResponse } from '@longhaul/protocol'
import type { Log } from './log.ts'
import type { Outage } from './outage.ts'

interface Kept {
  readonly message: RpcNotification | RpcResponse
  readonly abort: AbortController
}

/**
 * What the client has said without waiting for an answer, until it is delivered. There is a limit: with so much under way
 * the client is read no further, as `room` says. The installation may be away for long, and what the client says then is
 * not only this; so meanwhile the oldest makes room, and people are told.
 */
export class Outbox {
  readonly #kept = new Set<Kept>()
  readonly #dropped = new Map<string, number>()
  readonly #limit: number
  readonly #log: Log
  readonly #outage: Pick<Outage, 'isOn' | 'onBegin'>
  #changed = Promise.withResolvers<void>()

  constructor(
    limit: number,
    { log, outage }: { readonly log: Log; readonly outage: Pick<Outage, 'isOn' | 'onBegin'> },
  ) {
    this.#limit = limit
    this.#log = log
    this.#outage = outage
    outage.onBegin(() => this.#change())
  }

  /** Resolves when there is room for one more, or the installation is away: then room is made. */
  async room(): Promise<void> {
    while (this.#isFull && !this.#outage.isOn) await this.#changed.promise
  }

  /** Resolves when it is delivered, or dropped. `deliver` gives up when its signal aborts. */
  async add(message: RpcNotification | RpcResponse, deliver: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.#isFull && this.#outage.isOn) this.#makeRoom()
    const kept = { message, abort: new AbortController() }
    this.#kept.add(kept)
    try {
      await deliver(kept.abort.signal)
    } finally {
      this.#kept.delete(kept)
      if (this.#kept.size === 0) this.#tellDropped()
      this.#change()
    }
  }

  get #isFull(): boolean {
    return this.#kept.size >= this.#limit
  }

  #change(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  /** Progress and the like are soon out of date. An answer and a cancellation are not, so they are the last to go. */
  #makeRoom(): void {
    const [oldest] = this.#kept
    const victim = this.#kept.values().find(({ message }) => isNews(message)) ?? oldest
    if (!victim) return
    this.#kept.delete(victim)
    victim.abort.abort()
    if (this.#dropped.size === 0) {
      const text = 'too much waits for the installation (LONGHAUL_MAX_STDIO_UNDELIVERED); the oldest of it is dropped'
      this.#log.warn({ limit: this.#limit }, text)
    }
    const what = 'method' in victim.message ? victim.message.method : 'answers'
    this.#dropped.set(what, (this.#dropped.get(what) ?? 0) + 1)
  }

  #tellDropped(): void {
    if (this.#dropped.size === 0) return
    this.#log.warn({ dropped: Object.fromEntries(this.#dropped) }, 'the installation was never told of these')
    this.#dropped.clear()
  }
}

const isNews = (message: RpcNotification | RpcResponse): boolean =>
  'method' in message && message.method !== 'notifications/cancelled'
