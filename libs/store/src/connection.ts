import { setTimeout as delay } from 'node:timers/promises'
import { type Partition, partitionOf, type Settings } from '@longhaul/task'
import { type ChainableCommander, Cluster } from 'ioredis'
import { Admission } from './admission.ts'
import { pastKeys, SWEEPER } from './keys.ts'
import { openClient, type StoreClient } from './open-client.ts'
import { ReplicatedWrites } from './replicated-writes.ts'
import { callScript, defineScripts, mustLast, type ScriptCall } from './scripts.ts'
import { fetchServerFacts, type ServerFacts } from './server-facts.ts'
import { isFull, isUnavailable, toStoreError } from './store-errors.ts'

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

/** Longest time that a server waits for an answer: a store that has stopped leaves its connections open. */
const ANSWER_WITHIN_MS = 2000
/** Longest time that a server waits for a store that is away to be back: some connections break and come about anew. */
const BACK_WITHIN_MS = 500
/** Time that a store which does not answer may delay the end of this process. */
const CLOSE_WITHIN_MS = 1000
/** Longest time between two tries of a command that waits. */
const TRY_AGAIN_MS = 500

/** A connection to the truth. All traffic of this package passes here, so a lost store is one kind of error. */
export class Connection {
  readonly #client: StoreClient
  #subscriber: StoreClient | undefined
  readonly #away = new Set<StoreClient>()
  readonly #ready = new Map<StoreClient, Promise<void>>()
  readonly #touched = new Set<Partition>()
  readonly #onBack = new Set<() => void>()
  readonly #closing = new AbortController()
  readonly #options: ConnectionOptions
  readonly #admission: Admission
  readonly #replicated: ReplicatedWrites | undefined

  /** @throws Error when the URL is none */
  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#client = this.#open()
    const { settings, whenAway, onRefused = () => {} } = options
    defineScripts(this.#client, settings)
    this.#admission = new Admission(this.#client, settings, onRefused)
    if (settings.durability === 'replica') {
      this.#replicated = new ReplicatedWrites({ client: this.#client, settings, isPatient: whenAway === 'wait' })
    }
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
    return this.#reach(async () => {})
  }

  /** What the servers say of themselves. @throws LonghaulError `store_unavailable` */
  serverFacts(): Promise<readonly ServerFacts[]> {
    return this.#reach(() => fetchServerFacts(this.#client))
  }

  /** Whether the store answers, and is good enough. */
  async isReady(): Promise<boolean> {
    if (this.#client.status !== 'ready') return false
    // Not PING, which a cluster answers when it is down, and a server does not when its disk is full.
    const answer = this.#ask(() => this.#client.exists(SWEEPER))
    return answer.then(
      () => true,
      () => false,
    )
  }

  /** One script, one round trip. @throws LonghaulError `store_unavailable` */
  call(script: ScriptCall): Promise<unknown> {
    this.#touch(script)
    const replicated = mustLast(script.script) ? this.#replicated : undefined
    return this.#reach(() => replicated?.call(script) ?? callScript(this.#client, script))
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
    return this.#reach(() => command(this.#client))
  }

  /**
   * Several commands on keys of one partition, one round trip, results in order. The first error of a command is thrown.
   */
  pipeline(fill: (pipeline: ChainableCommander) => void): Promise<unknown[]> {
    return this.#reach(
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
    return this.#reach(() => Promise.all(items.map((item) => command(this.#client, item))), { evenWhenFull: false })
  }

  /** Commands of the connection of this process that only listens; opened at the first use. */
  listen<T>(command: (subscriber: StoreClient) => Promise<T>): Promise<T> {
    // A client of a cluster has a connection of its own for that already.
    this.#subscriber ??= this.isCluster ? this.#client : this.#open()
    const subscriber = this.#subscriber
    return this.#reach(() => command(subscriber), { client: subscriber })
  }

  /** Commands under way are answered first, unless the store is away. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all([...new Set([this.#client, this.#subscriber])].map((client) => client && close(client)))
  }

  #touch({ keys: [key = ''] }: ScriptCall): void {
    const partition = this.isCluster && /^\{lh:([0-9a-f]{2})\}/.exec(key)?.[1]
    if (partition) this.#touched.add(partition)
  }

  #open(): StoreClient {
    const client = openClient(this.#options.url, this.#options.whenAway)
    client.on('error', (error: Error) => this.#noteAway(client, error.message))
    client.on('close', () => this.#noteAway(client, 'the connection was closed'))
    client.on('ready', () => this.#noteBack(client))
    // It gives up where it was told that it need not try again, by a sentinel for instance; we do not.
    client.on('end', () => void this.#openAgain(client))
    return client
  }

  async #openAgain(client: StoreClient): Promise<void> {
    const { signal } = this.#closing
    await delay(TRY_AGAIN_MS, undefined, { signal }).catch(() => {})
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

  /** @param options.evenWhenFull whether who waits also waits for a store that is full; else it hears of it */
  #reach<T>(ask: () => Promise<T>, { evenWhenFull = true, client = this.#client } = {}): Promise<T> {
    return this.#ask(ask, client).catch((error: unknown) => this.#askAgain(ask, { error, evenWhenFull }))
  }

  /** As often as it takes, where it is the store's turn to come back. @throws why it could not be asked */
  async #askAgain<T>(ask: () => Promise<T>, last: { error: unknown; evenWhenFull: boolean }): Promise<T> {
    const { signal } = this.#closing
    let { error } = last
    for (let waitMs = 50; ; waitMs = Math.min(2 * waitMs, TRY_AGAIN_MS)) {
      const reason = toStoreError(error)
      const isWorthIt = isUnavailable(reason) && (last.evenWhenFull || !isFull(reason))
      if (this.#options.whenAway !== 'wait' || !isWorthIt || signal.aborted) throw reason
      await delay(waitMs, undefined, { signal }).catch(() => {
        throw reason
      })
      try {
        return await this.#ask(ask)
      } catch (failure) {
        error = failure
      }
    }
  }

  /** Once. Every command passes here, so that it makes no promise that it can do without. */
  #ask<T>(ask: () => Promise<T>, client = this.#client): Promise<T> {
    const admitted = this.#admission.admitted()
    if (this.#options.whenAway === 'wait') return admitted ? admitted.then(ask) : ask()
    return client.status === 'ready' && !admitted ? inTime(ANSWER_WITHIN_MS, ask()) : this.#askWhenReady(ask, client)
  }

  /**
   * What a client is given while the store is away it sends when that is back. By then nobody waits for it: a task that
   * was refused would be there all the same. So it is given nothing before.
   */
  async #askWhenReady<T>(ask: () => Promise<T>, client: StoreClient): Promise<T> {
    if (this.#closing.signal.aborted) throw new Error('Connection is closed.')
    const isReady = client.status === 'ready' || this.#untilReady(client)
    const patienceMs = this.#away.has(client) ? BACK_WITHIN_MS : ANSWER_WITHIN_MS
    await inTime(patienceMs, Promise.all([isReady, this.#admission.admitted()]))
    return inTime(ANSWER_WITHIN_MS, ask())
  }

  #untilReady(client: StoreClient): Promise<void> {
    let ready = this.#ready.get(client)
    if (!ready) {
      ready = new Promise((resolve) => client.once('ready', () => resolve(void this.#ready.delete(client))))
      this.#ready.set(client, ready)
    }
    return ready
  }
}

function inTime<T>(ms: number, answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('Command timed out')), ms)
    const settle =
      <Result>(how: (result: Result) => void) =>
      (result: Result) => {
        clearTimeout(timer)
        how(result)
      }
    answer.then(settle(resolve), settle(reject))
  })
}

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
