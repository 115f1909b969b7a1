import { setTimeout as delay } from 'node:timers/promises'
import { openClient, type StoreClient } from './open-client.ts'
import { isLocked } from './store-errors.ts'

export interface ClientsOptions {
  /** In a form that `parseStoreUrl` takes. */
  readonly url: string
  /**
   * What a command does while the store is away, or refuses it because it is full: a server fails it soon, so that
   * whoever asked hears of it; a worker waits, since its work is not lost by waiting.
   */
  readonly whenAway: 'fail' | 'wait'
  /** Told once when the store goes away, again when that turns out to be since it wants another password, and when it is back. */
  readonly onState?: (state: 'away' | 'back', reason?: string) => void
}

/** Time that a store which does not answer may delay the end of this process. */
const CLOSE_WITHIN_MS = 1000
/** Time after which a client that has given up is told to try again. */
const OPEN_AGAIN_MS = 500

/** The clients of one store, kept until they are closed, and whether it is away: as long as one of them lacks it. */
export class Clients {
  readonly #options: ClientsOptions
  readonly #all: StoreClient[] = []
  readonly #away = new Set<StoreClient>()
  /** It was said that the store does not take the password, since it went away. */
  #isLocked = false
  readonly #onBack = new Set<() => void>()
  readonly #closing = new AbortController()

  constructor(options: ClientsOptions) {
    this.#options = options
  }

  /** Aborts when they are closed. */
  get closing(): AbortSignal {
    return this.#closing.signal
  }

  isAway(client: StoreClient): boolean {
    return this.#away.has(client)
  }

  /** Calls `listener` each time the store is back. */
  onBack(listener: () => void): void {
    this.#onBack.add(listener)
  }

  /** Calls `listener` when the store is back for the next time. */
  onceBack(listener: () => void): void {
    const once = () => {
      this.#onBack.delete(once)
      listener()
    }
    this.#onBack.add(once)
  }

  /** @throws Error when the URL is none */
  open(): StoreClient {
    const client = openClient(this.#options.url, this.#options.whenAway)
    client.on('error', (error: Error) => this.#noteAway(client, reasonOf(error)))
    client.on('close', () => this.#noteAway(client, 'the connection was closed'))
    client.on('ready', () => this.#noteBack(client))
    // It gives up where it was told that it need not try again, by a sentinel for instance; we do not.
    client.on('end', () => void this.#openAgain(client))
    this.#all.push(client)
    return client
  }

  /** Commands under way, those included that `flush` sends, are answered first, unless the store is away. Idempotent. */
  async close(flush: () => void): Promise<void> {
    this.#closing.abort()
    flush()
    await Promise.all(this.#all.map(close))
  }

  async #openAgain(client: StoreClient): Promise<void> {
    await delay(OPEN_AGAIN_MS, undefined, { signal: this.closing }).catch(() => {})
    if (!this.closing.aborted) await client.connect().catch(() => {})
  }

  #noteAway(client: StoreClient, reason: string): void {
    if (this.closing.aborted) return
    const isFirst = !this.#away.has(client) && this.#away.add(client).size === 1
    // That a connection was closed comes first, and says nothing of what somebody has to mend.
    const isCause = isLocked(reason) && !this.#isLocked
    this.#isLocked ||= isCause
    if (isFirst || isCause) this.#options.onState?.('away', reason)
  }

  #noteBack(client: StoreClient): void {
    if (!this.#away.delete(client) || this.#away.size > 0) return
    this.#isLocked = false
    this.#options.onState?.('back')
    for (const listener of [...this.#onBack]) listener()
  }
}

/** A cluster says what was wrong with the node that it asked last beside its own words. */
const reasonOf = ({ message, lastNodeError }: Error & { readonly lastNodeError?: Error }): string =>
  lastNodeError ? `${message} ${lastNodeError.message}` : message

async function close(client: StoreClient): Promise<void> {
  if (client.status === 'ready') {
    const timer = new AbortController()
    const tooLate = delay(CLOSE_WITHIN_MS, undefined, { signal: timer.signal }).catch(() => {})
    await Promise.race([client.quit().catch(() => {}), tooLate])
    timer.abort()
  }
  client.disconnect()
}
