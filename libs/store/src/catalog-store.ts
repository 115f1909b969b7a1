import type { Catalog, CatalogEntry, Settings, Unsubscribe } from '@longhaul/task'
import { changeOf, parseOffer, toOffer } from './announced.ts'
import type { Connection } from './connection.ts'
import { CATALOG_CHANGED, CATALOG_ENTRIES, CATALOG_SEEN, CATALOG_SINCE } from './keys.ts'
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
   * Lists the entries from now on, unless others have newer ones of the same names, and drops those that no worker has
   * announced for `catalogGraceMs`. When the last worker falls silent the store drops them by itself.
   */
  async announce(entries: readonly CatalogEntry[]): Promise<void> {
    const graceMs = this.#settings.catalogGraceMs
    const [listed, seen, since, time] = (await this.#connection.pipeline((pipeline) => {
      pipeline.hgetall(CATALOG_ENTRIES)
      pipeline
        .zrangebyscore(CATALOG_SEEN, '-inf', '+inf', 'WITHSCORES')
        .zrangebyscore(CATALOG_SINCE, '-inf', '+inf', 'WITHSCORES')
        // The clocks of workers may differ: one that is late would have its entries dropped by the others.
        .time()
    })) as [Record<string, string>, string[], string[], [seconds: string, microseconds: string]]
    const now = Number(time[0]) * 1000 + Math.floor(Number(time[1]) / 1000)
    const announced = { listed, seen: toScores(seen), since: toScores(since) }
    const { fresh, gone, stale } = changeOf(announced, entries, { now, graceMs })
    await this.#connection.pipeline((pipeline) => {
      for (const entry of fresh) pipeline.hset(CATALOG_ENTRIES, entry.name, JSON.stringify(entry))
      for (const offer of entries.map(toOffer)) {
        pipeline.zadd(CATALOG_SEEN, now, offer).zadd(CATALOG_SINCE, 'NX', now, offer)
      }
      if (gone.length > 0) pipeline.hdel(CATALOG_ENTRIES, ...gone)
      if (stale.length > 0) pipeline.zrem(CATALOG_SEEN, ...stale).zrem(CATALOG_SINCE, ...stale)
      for (const key of [CATALOG_ENTRIES, CATALOG_SEEN, CATALOG_SINCE]) pipeline.pexpire(key, graceMs)
      if (fresh.length > 0 || gone.length > 0) pipeline.publish(CATALOG_CHANGED, '')
    })
  }

  /** Drops entries at once. Another worker that has them lists them again with its next heartbeat. */
  async withdraw(names: readonly string[]): Promise<void> {
    if (names.length === 0) return
    const seen = await this.#connection.send((redis) => redis.zrangebyscore(CATALOG_SEEN, '-inf', '+inf'))
    const offers = seen.filter((offer) => names.includes(parseOffer(offer).name))
    await this.#connection.pipeline((pipeline) => {
      pipeline.hdel(CATALOG_ENTRIES, ...names)
      if (offers.length > 0) pipeline.zrem(CATALOG_SEEN, ...offers).zrem(CATALOG_SINCE, ...offers)
      pipeline.publish(CATALOG_CHANGED, '')
    })
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

  /** When a worker last announced a version of a tool, Unix ms by the clock of the store; 0 where nobody knows. One round trip. */
  async versionSeenAt(name: string, version: string): Promise<number> {
    const seen = toScores(
      await this.#connection.send((redis) => redis.zrangebyscore(CATALOG_SEEN, '-inf', '+inf', 'WITHSCORES')),
    )
    const times = [...seen].flatMap(([offer, at]) => {
      const one = parseOffer(offer)
      return one.name === name && one.version === version ? [at] : []
    })
    return Math.max(0, ...times)
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

/** A reply WITHSCORES: member, score, member, score... */
const toScores = (row: readonly string[]): Map<string, number> =>
  new Map(row.flatMap((member, place) => (place % 2 === 0 ? [[member, Number(row[place + 1])]] : [])))
