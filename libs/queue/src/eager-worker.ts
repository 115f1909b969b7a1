import { setTimeout as delay } from 'node:timers/promises'
import { type Job, Worker } from 'bullmq'

/** Fetches under way at once, at most. */
const MOST_FETCHES = 8
/** Time until a queue that could not be looked at is looked at again. */
const AFTER_ERROR_MS = 1000
/** Where jobs come one at a time nobody looks for another while what the one has to wait for first is on its way. */
const AFTER_LONE_JOB_MS = 1
/** BullMQ gives up a wait that has not ended so long after its time: its connection is lost. */
const WATCHDOG_MS = 1000

/**
 * A worker of BullMQ with another main loop. That of BullMQ fetches one job after the other, so that a worker begins no
 * more than one in a round trip, however many places are free, and looks for another job whenever one is done. This
 * one fetches several at once as long as there are some, and looks for none while it waits to be told of the next.
 */
export class EagerWorker<Data> extends Worker<Data> {
  /** Places that are taken, by a job or by a fetch. */
  #taken = 0
  #fetches = 0
  #mostFetches = 1
  /** Nothing was there at the last look. Then one fetch waits until there is something. */
  #isDry = false
  #lookedAt = Date.now()
  #tokens = 0
  readonly #end = Promise.withResolvers<void>()
  readonly #closing = new AbortController()

  /** Resolves when the worker is being closed and nothing is in hand any more. */
  override async run(): Promise<void> {
    await this.startStalledCheckTimer()
    this.lockManager.start()
    this.once('closing', () => this.#closing.abort())
    // What a close without force waits for.
    this.mainLoopRunning = this.#end.promise
    this.#look()
    await this.#end.promise
  }

  /** Nothing is ever delayed. BullMQ waits for 10 s once a wait has failed, as for something that is. */
  protected override getBlockTimeout(): number {
    return super.getBlockTimeout(0)
  }

  /** A wait that takes longer has lost its connection, and BullMQ has not found another yet. Both timers may be late. */
  get #longestWaitMs(): number {
    return Math.ceil(this.getBlockTimeout()) * 1000 + 2 * WATCHDOG_MS
  }

  #look(): void {
    if (this.closing) {
      if (this.#taken === 0) this.#end.resolve()
      return
    }
    const most = this.#isDry ? 1 : this.#mostFetches
    while (this.#fetches < most && this.#taken < this.concurrency) void this.#fetch()
  }

  async #fetch(): Promise<void> {
    const isWaiting = this.#isDry
    this.#taken++
    this.#fetches++
    const job = await this.#next(isWaiting)
    this.#fetches--
    this.#note(job !== undefined, isWaiting)
    if (job) await this.#doAll(job)
    this.#taken--
    this.#look()
  }

  async #next(block: boolean): Promise<Job<Data> | undefined> {
    try {
      return await this.getNextJob(`${this.id}:${this.#tokens++}`, { block })
    } catch (error) {
      if (this.closing) return undefined
      this.emit('error', error as Error)
      await delay(AFTER_ERROR_MS, undefined, { signal: this.#closing.signal }).catch(() => {})
      return undefined
    }
  }

  /** Does a job, and then those that come with the answer that the one before is done. */
  async #doAll(first: Job<Data>): Promise<void> {
    if (this.#mostFetches > 1) this.#look()
    else setTimeout(() => this.#look(), AFTER_LONE_JOB_MS)
    for (let job: Job<Data> | undefined = first; job; ) {
      let isAsked = false
      const asks = () => {
        isAsked = !this.#isDry || Date.now() - this.#lookedAt > this.#longestWaitMs
        return isAsked
      }
      job = (await this.processJob(job, job.token ?? '', asks)) ?? undefined
      if (isAsked) this.#note(job !== undefined)
    }
  }

  /** One that was waited for says nothing of how many there are. */
  #note(isSome: boolean, wasWaitedFor = false): void {
    this.#isDry = !isSome
    this.#lookedAt = Date.now()
    if (!isSome) this.#mostFetches = Math.ceil(this.#mostFetches / 2)
    else if (!wasWaitedFor) this.#mostFetches = Math.min(2 * this.#mostFetches, MOST_FETCHES)
  }
}
