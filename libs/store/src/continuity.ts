import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Partition } from '@longhaul/task'
import type { Connection } from './connection.ts'
import { pastKeys } from './keys.ts'

/** What the store has lost of what it had acknowledged. */
export interface Loss {
  /** When this process noticed, Unix ms. */
  readonly noticedAt: number
  /** The time whose records are gone, ms; undefined where nobody knows. */
  readonly lostMs?: number
  readonly incarnation: number
}

/** One line for people. */
export function describeLoss({ lostMs, incarnation }: Loss): string {
  const what = lostMs === undefined ? 'an unknown time' : `${(lostMs / 1000).toFixed(1)} s`
  return (
    `The store went back in time: it lost ${what} of what it had acknowledged (incarnation ${incarnation}). ` +
    'Tasks and answers of that time may be missing, and steps that may have been done then are in doubt.'
  )
}

export interface ContinuityOptions {
  readonly connection: Connection
  /** Whether a server that was restarted has lost nothing, since it syncs each write before it acknowledges it. */
  readonly isSynced?: boolean
  readonly onLoss: (loss: Loss) => void
  /**
   * Told when a new incarnation has begun, whoever noticed. What was read or claimed before `soundAt`
   * (performance.now() of this process) may be gone; what came later may belong to the old incarnation.
   */
  readonly onNewIncarnation?: (soundAt: number) => void
  /** How long those that lived through a restart of the store are waited for by one that did not. */
  readonly witnessWithinMs?: number
}

/** A loss of less than this may go unnoticed, should no process have been heard of within it. */
const BEAT_EVERY_MS = 500
/** On a cluster each partition has its own past, up to 256 of them. */
const BEAT_CLUSTER_EVERY_MS = 2000
/** A process that is silent for so long is gone. */
const FORGET_AFTER_MS = 60_000
/** A client that is alive is back sooner: it tries once a second. */
const WITNESS_WITHIN_MS = 3000
const ASK_AGAIN_MS = 100

/** As beat.lua has it. */
type BeatReply = readonly [beatAt: string, incarnation: number, lostMs: number, witnesses: '' | 'unknown' | 'gone']

interface Place {
  readonly beatAt: string
  readonly incarnation: number
  readonly soundAt: number
}

/**
 * Notices that the store went back in time: it was restored from an older state, or a crash or failover took its newest
 * records. Each process leaves the time of its last beat in the store and remembers it; the store that answers with
 * another one has lost what came after.
 */
export class Continuity {
  readonly #options: ContinuityOptions
  readonly #process = randomBytes(9).toString('base64url')
  /** By partition; one without a name where all are on one server. */
  readonly #places = new Map<Partition | undefined, Place>()
  readonly #stopping = new AbortController()
  #beating: Promise<void> | undefined
  /** Since when those that lived can have been back, by performance.now(). */
  #awaitsSince = 0
  #loss: Loss | undefined

  constructor(options: ContinuityOptions) {
    this.#options = options
    options.connection.onBack(() => {
      this.#awaitsSince = performance.now()
      void this.#beatInTurn({ isBack: true })
    })
  }

  /** The newest loss that this process knows of. */
  get loss(): Loss | undefined {
    return this.#loss
  }

  /** Beats until `stop`. */
  start(): void {
    void this.#run()
  }

  /**
   * One look, at once. Only the first one of a process, at a store that was restarted, may take some seconds: others may
   * have lived through that and know whether something is lost. @throws LonghaulError `store_unavailable`
   */
  async beat({ isBack = false } = {}): Promise<void> {
    const { signal } = this.#stopping
    this.#awaitsSince = performance.now()
    while (!(await this.#look(isBack))) await delay(ASK_AGAIN_MS, undefined, { signal })
  }

  /** @returns whether it is known by now what has become of the store */
  async #look(isBack: boolean): Promise<boolean> {
    const { connection, isSynced = false, witnessWithinMs = WITNESS_WITHIN_MS } = this.#options
    const partitions = connection.isCluster ? [...connection.touched] : [undefined]
    const hasAwaited = performance.now() - this.#awaitsSince >= witnessWithinMs
    const look = isSynced ? 'note' : hasAwaited ? 'judge' : 'ask'
    const soundAt = performance.now()
    const replies = (await connection.callAll(
      partitions.map((partition) => {
        const { past, alive } = pastKeys(partition)
        const known = this.#places.get(partition)
        // On a cluster nobody is told that one of its nodes is another one now.
        const server = !connection.isCluster && (isBack || !known) ? look : ''
        const args = [this.#process, known?.beatAt ?? '', known?.incarnation ?? '', server, FORGET_AFTER_MS]
        return { script: 'beat', keys: [past, alive], args }
      }),
    )) as BeatReply[]
    if (replies.some(([, , , witnesses]) => witnesses === 'unknown')) return false
    const before = partitions.map((partition) => this.#places.get(partition))
    for (const [place, [beatAt, incarnation]] of replies.entries()) {
      this.#places.set(partitions[place], { beatAt, incarnation, soundAt })
    }
    this.#judge(replies, before)
    return true
  }

  /** Leaves in order: that this process is gone is no sign that something was lost. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#beating
    const places = [...this.#places.keys()].map((partition) => pastKeys(partition).alive)
    await this.#options.connection.forEach(places, (target, alive) => target.zrem(alive, this.#process)).catch(() => {})
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping
    const everyMs = this.#options.connection.isCluster ? BEAT_CLUSTER_EVERY_MS : BEAT_EVERY_MS
    while (!signal.aborted) {
      await this.#beatInTurn()
      await delay(everyMs, undefined, { signal }).catch(() => {})
    }
  }

  /** One at a time. A store that is away is looked at again when it is back. */
  #beatInTurn(options: { readonly isBack?: boolean } = {}): Promise<void> {
    if (this.#stopping.signal.aborted) return Promise.resolve()
    const turn = Promise.resolve(this.#beating)
      .then(() => this.beat(options))
      .catch(() => {})
    this.#beating = turn
    return turn
  }

  #judge(replies: readonly BeatReply[], before: readonly (Place | undefined)[]): void {
    const risen = replies.flatMap(([, incarnation], place) => {
      const known = before[place]
      return known && known.incarnation < incarnation ? [known.soundAt] : []
    })
    if (risen.length > 0) this.#options.onNewIncarnation?.(Math.min(...risen))
    const losses = replies.filter(([, , lostMs, witnesses]) => lostMs >= 0 || witnesses === 'gone')
    if (losses.length === 0) return
    const lostMs = Math.max(...losses.map(([, , ms]) => ms))
    const incarnation = Math.max(...losses.map(([, number]) => number))
    this.#loss = { noticedAt: Date.now(), ...(lostMs > 0 && { lostMs }), incarnation }
    this.#options.onLoss(this.#loss)
  }
}
