import type { Catalog, CatalogEntry, Settings, Unsubscribe } from '@longhaul/task'
import type { Connection } from './connection.ts'
import { CATALOG_CHANGED, CATALOG_ENTRIES, CATALOG_SEEN } from './keys.ts'
import type { Watch } from './watch.ts'

/** The worker's side: says what it can run, again with every heartbeat. */
export class CatalogAnnouncer {
  readonly #connection: Connection
  readonly #settings: Settings

  constructor(connection: Connection, settings: Settings) {
    this.#connection = connection
    this.#settings = settings
  }

  /**
   * Lists the entries from now on, and drops those that no worker has announced for `catalogGraceMs`. When the last
   * worker falls silent the store drops them by itself.
   */
  async announce(entries: readonly CatalogEntry[]): Promise<void> {
    const now = Date.now()
    const grace = this.#settings.catalogGraceMs
    const [listed, stale] = (await this.#connection.pipeline((pipeline) => {
      pipeline.hgetall(CATALOG_ENTRIES).zrangebyscore(CATALOG_SEEN, '-inf', now - grace)
    })) as [Record<string, string>, string[]]
    const gone = stale.filter((name) => !entries.some((entry) => entry.name === name))
    const fresh = entries.filter((entry) => listed[entry.name] !== JSON.stringify(entry))
    await this.#connection.pipeline((pipeline) => {
      for (const entry of fresh) pipeline.hset(CATALOG_ENTRIES, entry.name, JSON.stringify(entry))
      for (const entry of entries) pipeline.zadd(CATALOG_SEEN, now, entry.name)
      if (gone.length > 0) pipeline.hdel(CATALOG_ENTRIES, ...gone).zrem(CATALOG_SEEN, ...gone)
      pipeline.pexpire(CATALOG_ENTRIES, grace).pexpire(CATALOG_SEEN, grace)
      if (fresh.length > 0 || gone.length > 0) pipeline.publish(CATALOG_CHANGED, '')
    })
  }

  /** Drops entries at once. Another worker that has them lists them again with its next heartbeat. */
  async withdraw(names: readonly string[]): Promise<void> {
    if (names.length === 0) return
    await this.#connection.pipeline((pipeline) =>
      pipeline
        .hdel(CATALOG_ENTRIES, ...names)
        .zrem(CATALOG_SEEN, ...names)
        .publish(CATALOG_CHANGED, ''),
    )
  }
}

/** How long a reader trusts what it has read, should it have missed that something changed. */
const REREAD_AFTER_MS = 2000

/** The coordinator's side: what is listed, read again when a worker says that it changed. */
export class CatalogReader implements Catalog {
  readonly #connection: Connection
  readonly #watch: Watch
  #watching: Promise<unknown> | undefined
  #read: { readonly at: number; readonly entries: Promise<ReadonlyMap<string, CatalogEntry>> } | undefined
  /** By their JSON: an entry that did not change stays the same object, which others keep what they computed of it by. */
  #parsed: ReadonlyMap<string, CatalogEntry> = new Map()

  constructor(connection: Connection, watch: Watch) {
    this.#connection = connection
    this.#watch = watch
  }

  async entries(): Promise<readonly CatalogEntry[]> {
    return [...(await this.#current()).values()]
  }

  async find(name: string): Promise<CatalogEntry | undefined> {
    return (await this.#current()).get(name)
  }

  /** Calls `listener` when a worker says that something changed. A message may be lost; look again now and then. */
  watch(listener: () => void): Promise<Unsubscribe> {
    return this.#watch.on(CATALOG_CHANGED, () => {
      this.#read = undefined
      listener()
    })
  }

  async #current(): Promise<ReadonlyMap<string, CatalogEntry>> {
    this.#watching ??= this.#watch
      .on(CATALOG_CHANGED, () => {
        this.#read = undefined
      })
      .catch(() => {
        this.#watching = undefined
      })
    if (!this.#read || Date.now() - this.#read.at > REREAD_AFTER_MS) {
      const read = { at: Date.now(), entries: this.#fetch() }
      this.#read = read
      read.entries.catch(() => {
        if (this.#read === read) this.#read = undefined
      })
    }
    return this.#read.entries
  }

  async #fetch(): Promise<ReadonlyMap<string, CatalogEntry>> {
    const listed = await this.#connection.send((redis) => redis.hgetall(CATALOG_ENTRIES))
    const known = this.#parsed
    this.#parsed = new Map(Object.values(listed).map((json) => [json, known.get(json) ?? JSON.parse(json)]))
    const entries = [...this.#parsed.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
    return new Map(entries.map((entry) => [entry.name, entry]))
  }
}
