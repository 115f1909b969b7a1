import { type Partition, partitionOf, type Settings } from '@longhaul/task'
import { type ChainableCommander, Cluster, type Redis } from 'ioredis'
import { Admission } from './admission.ts'
import { callFollowed, type Followed } from './call-followed.ts'
import { CallsTogether } from './calls-together.ts'
import { Clients, type ClientsOptions } from './clients.ts'
import { Fullness } from './fullness.ts'
import { pastKeys, SWEEPER } from './keys.ts'
import type { StoreClient } from './open-client.ts'
import { Patience, type WhenFull } from './patience.ts'
import { ReplicatedWrites } from './replicated-writes.ts'
import { callScript, defineScripts, goesTogether, mustLast, type ScriptCall } from './scripts.ts'
import { describeFull, fetchServerFacts, type ServerFacts } from './server-facts.ts'

export interface ConnectionOptions extends ClientsOptions {
  readonly settings: Settings
  /** Told why a store is not used although it is there: it is not as durable as `durability` asks. */
  readonly onRefused?: (reason: string) => void
  /** Whether the store is left of the schema version that it is of, and refused where that is not ours. */
  readonly onlyLooks?: boolean
  /** Told once when the store refuses what is new since it is full, and once when it has room again. */
  readonly onFull?: (isFull: boolean) => void
}

/** A connection to the truth. All traffic of this package passes here, so a lost store is one kind of error. */
export class Connection {
  readonly #clients: Clients
  readonly #client: StoreClient
  #subscriber: StoreClient | undefined
  readonly #touched = new Set<Partition>()
  readonly #admission: Admission
  readonly #fullness: Fullness
  readonly #patience: Patience
  readonly #replicated: ReplicatedWrites | undefined
  readonly #together: CallsTogether
  #isLent = false

  /** @throws Error when the URL is none */
  constructor(options: ConnectionOptions) {
    const { settings, whenAway, onRefused = () => {}, onFull = () => {}, onlyLooks = false } = options
    this.#clients = new Clients(options)
    this.#client = this.#clients.open()
    defineScripts(this.#client, settings)
    this.#together = new CallsTogether(this.#client)
    this.#admission = new Admission(this.#client, { settings, onRefused, onlyLooks })
    const ask = async () => describeFull(await fetchServerFacts(this.#client)) !== undefined
    this.#fullness = new Fullness({ ask, onFull, closing: this.#clients.closing })
    this.#patience = new Patience({
      ...{ whenAway, answerWithinMs: settings.storeAnswerMs, admission: this.#admission, clients: this.#clients },
      onFull: () => this.#fullness.note(),
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
    this.#clients.onBack(listener)
  }

  /** Calls `listener` when the store is back for the next time. */
  onceBack(listener: () => void): void {
    this.#clients.onceBack(listener)
  }

  /** Why a store that is there is not used. */
  get refusal(): string | undefined {
    return this.#admission.refusal
  }

  /** Whether the store refuses what is new since it is full, as far as this process has tried. */
  get isFull(): boolean {
    return this.#fullness.isFull
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
    this.#subscriber ??= this.isCluster ? this.#client : this.#clients.open()
    const subscriber = this.#subscriber
    return this.#patience.reach(subscriber, () => command(subscriber))
  }

  /** Commands under way are answered first, unless the store is away. Idempotent. */
  async close(): Promise<void> {
    await this.#clients.close(() => this.#together.flush())
  }

  #touch({ keys: [key = ''] }: ScriptCall): void {
    const partition = this.isCluster && /^\{lh:([0-9a-f]{2})\}/.exec(key)?.[1]
    if (partition) this.#touched.add(partition)
  }
}

function valuesOf(results: readonly [Error | null, unknown][] | null): unknown[] {
  return (results ?? []).map(([error, value]) => {
    if (error) throw error
    return value
  })
}
