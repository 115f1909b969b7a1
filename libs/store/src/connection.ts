import { setTimeout as delay } from 'node:timers/promises'
import { type Partition, partitionOf, type Settings } from '@longhaul/task'
import { type ChainableCommander, Cluster, type Redis } from 'ioredis'
import { Admission } from './admission.ts'
import { callFollowed, type Followed } from './call-followed.ts'
import { CallsTogether } from './calls-together.ts'
import { pastKeys, SWEEPER } from './keys.ts'
import { openClient, type StoreClient } from './open-client.ts'
import { Patience, type WhenFull } from './patience.ts'
import { ReplicatedWrites } from './replicated-writes.ts'
import { callScript, defineScripts, goesTogether, mustLast, type ScriptCall } from './scripts.ts'
import { fetchServerFacts, type ServerFacts } from './server-facts.ts'

export interface ConnectionOptions {
  /** In a form that `parseStoreUrl` takes. */
  readonly url: string
  readonly settings: Settings
  /**
   * What a command does while the store is away, or refuses it because it is full: a server fails it soon, so that
   * whoever asked hears of it; a worker waits, since its work is not lost by waiting.
   */
  readonly whenAway: 'fail' | 'wait'
  /** Told once when the store goes away and once when it is back. */
  readonly onState?: (state: 'away' | 'back', reason?: string) => void
  /** Told why a store is not used although it is there: it is not as durable as `durability` asks. */
  readonly onRefused?: (reason: string) => void
}

/** Time that a store which does not answer may delay the end of this process. */
const CLOSE_WITHIN_MS = 1000
/** Time after which a client that has given up is told to try again. */
const OPEN_AGAIN_MS = 500

/** A connection to the truth. All traffic of this package passes here, so a lost store is one kind of error. */
export class Connection {
  readonly #client: StoreClient
  #subscriber: StoreClient | undefined
  readonly #away = new Set<StoreClient>()
  readonly #touched = new Set<Partition>()
  readonly #onBack = new Set<() => void>()
  readonly #closing = new AbortController()
  readonly #options: ConnectionOptions
  readonly #admission: Admission
  readonly #patience: Patience
  readonly #replicated: ReplicatedWrites | undefined
  readonly #together: CallsTogether
  #isLent = false

  /** @throws Error when the URL is none */
  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#client = this.#open()
    const { settings, whenAway, onRefused = () => {} } = options
    defineScripts(this.#client, settings)
    this.#together = new CallsTogether(this.#client)
    this.#admission = new Admission(this.#client, settings, onRefused)
    this.#patience = new Patience({
      whenAway,
      admission: this.#admission,
      closing: this.#closing.signal,
      isAway: (client) => this.#away.has(client),
    })
    if (settings.durability === 'replica') {
      this.#replicated = new ReplicatedWrites({ client: this.#client, settings, isPatient: whenAway === 'wait' })
    }
  }

  /**
   * The client itself, for a queue on the same store: what follows a script over it gets there after the script, in the
   * same write. Undefined where it could not: on a cluster a queue is on another node, and where replicas are waited
   * for what follows is held up by that.
   */
  lend(): Redis | undefined {
    if (this.#client instanceof Cluster || this.#replicated) return undefined
    this.#isLent = true
    return this.#client
  }

  /** Whether each partition may be on a node of its own. */
  get isCluster(): boolean {
    return this.#client instanceof Cluster
  }

  /** The partitions that scripts of this connection have touched, where each may be on a node of its own. */
  get touched(): ReadonlySet<Partition> {
    return this.#touched
  }

  /** Name of what the store knows of its past, where this task is. */
  pastOf(taskId: string): string {
    return pastKeys(this.isCluster ? partitionOf(taskId) : undefined).past
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

  /** Why a store that is there is not used. */
  get refusal(): string | undefined {
    return this.#admission.refusal
  }

  /** Resolves when the store may be used, as far as `durability` is concerned. @throws LonghaulError `store_unavailable` */
  admitted(): Promise<void> {
    return this.#patience.reach(this.#client, async () => {})
  }

  /** What the servers say of themselves. @throws LonghaulError `store_unavailable` */
  serverFacts(): Promise<readonly ServerFacts[]> {
    return this.#patience.reach(this.#client, () => fetchServerFacts(this.#client))
  }

  /** Whether the store answers, and is good enough. */
  async isReady(): Promise<boolean> {
    if (this.#client.status !== 'ready') return false
    // Not PING, which a cluster answers when it is down, and a server does not when its disk is full.
    const answer = this.#patience.ask(this.#client, () => this.#client.exists(SWEEPER))
    return answer.then(
      () => true,
      () => false,
    )
  }

  /** One script, one round trip. @throws LonghaulError `store_unavailable` */
  call(script: ScriptCall, whenFull?: WhenFull): Promise<unknown> {
    this.#touch(script)
    return this.#patience.reach(this.#client, () => this.#send(script), whenFull)
  }

  /** @param onSent called when it is on its way, where the client can be lent */
  #send(script: ScriptCall, onSent?: () => void): Promise<unknown> {
    if (this.#replicated && mustLast(script.script)) return this.#replicated.call(script)
    // On a cluster each goes to the node of its slot.
    if (goesTogether(script.script) && !this.isCluster) return this.#together.call(script, onSent)
    const called = callScript(this.#client, script)
    onSent?.()
    return called
  }

  /**
   * One script, and in the same round trip behind it what `follow` sends over the client that was lent. Where none was
   * nothing follows. @throws LonghaulError `store_unavailable`
   */
  callFollowed(script: ScriptCall, follow: (() => Promise<void>) | undefined, whenFull?: WhenFull): Promise<Followed> {
    if (!follow || !this.#isLent) return this.call(script, whenFull).then((reply) => ({ reply, isFollowed: false }))
    return callFollowed({
      send: (onSent) => this.#send(script, onSent),
      reach: (ask) => this.#patience.reach(this.#client, ask, whenFull),
      follow,
    })
  }

  /** Several scripts, one round trip, results in order. They may be of any partitions. */
  callAll(scripts: readonly ScriptCall[]): Promise<unknown[]> {
    scripts.forEach((script) => {
      this.#touch(script)
    })
    return this.forEach(scripts, (target, script) => callScript(target, script))
  }

  /** Plain commands. @throws LonghaulError `store_unavailable` */
  send<T>(command: (client: StoreClient) => Promise<T>): Promise<T> {
    return this.#patience.reach(this.#client, () => command(this.#client))
  }

  /**
   * Several commands on keys of one partition, one round trip, results in order. The first error of a command is thrown.
   */
  pipeline(fill: (pipeline: ChainableCommander) => void): Promise<unknown[]> {
    return this.#patience.reach(
      this.#client,
      async () => {
        const pipeline = this.#client.pipeline()
        fill(pipeline)
        return valuesOf(await pipeline.exec())
      },
      { evenWhenFull: false },
    )
  }

  /** One command for each of the items, whatever their partitions; one round trip, results in order. */
  forEach<Item>(
    items: readonly Item[],
    command: (target: StoreClient | ChainableCommander, item: Item) => unknown,
  ): Promise<unknown[]> {
    if (!this.isCluster) {
      return this.pipeline((pipeline) => {
        for (const item of items) void command(pipeline, item)
      })
    }
    // At once, not one after the other: each goes to the node of its slot, and follows it if that has moved.
    return this.#patience.reach(this.#client, () => Promise.all(items.map((item) => command(this.#client, item))), {
      evenWhenFull: false,
    })
  }

  /** Commands of the connection of this process that only listens; opened at the first use. */
  listen<T>(command: (subscriber: StoreClient) => Promise<T>): Promise<T> {
    // A client of a cluster has a connection of its own for that already.
    this.#subscriber ??= this.isCluster ? this.#client : this.#open()
    const subscriber = this.#subscriber
    return this.#patience.reach(subscriber, () => command(subscriber))
  }

  /** Commands under way are answered first, unless the store is away. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort()
    this.#together.flush()
    await Promise.all([...new Set([this.#client, this.#subscriber])].map((client) => client && close(client)))
  }

  #touch({ keys: [key = ''] }: ScriptCall): void {
    const partition = this.isCluster && /^\{lh:([0-9a-f]{2})\}/.exec(key)?.[1]
    if (partition) this.#touched.add(partition)
  }

  #open(): StoreClient {
    const client = openClient(this.#options.url, this.#options.whenAway)
    client.on('error', (error: Error) => this.#noteAway(client, reasonOf(error)))
    client.on('close', () => this.#noteAway(client, 'the connection was closed'))
    client.on('ready', () => this.#noteBack(client))
    // It gives up where it was told that it need not try again, by a sentinel for instance; we do not.
    client.on('end', () => void this.#openAgain(client))
    return client
  }

  async #openAgain(client: StoreClient): Promise<void> {
    const { signal } = this.#closing
    await delay(OPEN_AGAIN_MS, undefined, { signal }).catch(() => {})
    if (!signal.aborted) await client.connect().catch(() => {})
  }

  /** The store counts as away as long as one of the connections lacks it. */
  #noteAway(client: StoreClient, reason: string): void {
    if (this.#closing.signal.aborted || this.#away.has(client)) return
    if (this.#away.add(client).size === 1) this.#options.onState?.('away', reason)
  }

  #noteBack(client: StoreClient): void {
    if (!this.#away.delete(client) || this.#away.size > 0) return
    this.#options.onState?.('back')
    for (const listener of [...this.#onBack]) listener()
  }
}

/** A cluster says what was wrong with the node that it asked last beside its own words. */
const reasonOf = ({ message, lastNodeError }: Error & { readonly lastNodeError?: Error }): string =>
  lastNodeError ? `${message} ${lastNodeError.message}` : message

function valuesOf(results: readonly [Error | null, unknown][] | null): unknown[] {
  return (results ?? []).map(([error, value]) => {
    if (error) throw error
    return value
  })
}

async function close(client: StoreClient): Promise<void> {
  if (client.status === 'ready') {
    const timer = new AbortController()
    const tooLate = delay(CLOSE_WITHIN_MS, undefined, { signal: timer.signal }).catch(() => {})
    await Promise.race([client.quit().catch(() => {}), tooLate])
    timer.abort()
  }
  client.disconnect()
}
