import { setTimeout as delay } from 'node:timers/promises'
import type { Admission } from './admission.ts'
import type { Clients } from './clients.ts'
import type { StoreClient } from './open-client.ts'
import { isFull, isUnavailable, tooLate, toStoreError } from './store-errors.ts'

/**
 * Longest time that a server waits for a store that is away to be back: some connections break and come about anew. No
 * setting: that takes far less, and all else that is asked meanwhile waits as long.
 */
const BACK_WITHIN_MS = 500
/** Longest time between two tries of a command that waits. */
const TRY_AGAIN_MS = 500

export interface WhenFull {
  /** Whether who waits also waits for a store that is full, as it does where nothing is said; else it hears of it. */
  readonly evenWhenFull?: boolean
}

export interface PatienceOptions {
  readonly whenAway: 'fail' | 'wait'
  /** Longest time that a server waits for an answer: a store that has stopped leaves its connections open. */
  readonly answerWithinMs: number
  readonly admission: Admission
  readonly clients: Clients
  /** Told of each command that a store refused since it is full. */
  readonly onFull: () => void
}

/** How long a command is waited for while the store is away, full, or not good enough, and what becomes of it then. */
export class Patience {
  readonly #options: PatienceOptions
  readonly #ready = new Map<StoreClient, Promise<void>>()

  constructor(options: PatienceOptions) {
    this.#options = options
  }

  /**
   * What `ask` comes to: at once, or as often as it takes where it is the store's turn to come back.
   * @throws LonghaulError `store_unavailable`, or a mistake of ours
   */
  reach<T>(client: StoreClient, ask: () => Promise<T>, { evenWhenFull = true }: WhenFull = {}): Promise<T> {
    return this.ask(client, ask).catch((error: unknown) => this.#askAgain(client, ask, { error, evenWhenFull }))
  }

  /** Once. Every command passes here, so that it makes no promise that it can do without. @throws Error of the store */
  ask<T>(client: StoreClient, ask: () => Promise<T>): Promise<T> {
    const admitted = this.#options.admission.admitted()
    if (this.#options.whenAway === 'wait') return admitted ? admitted.then(ask) : ask()
    return client.status === 'ready' && !admitted ? this.#answer(ask()) : this.#askWhenReady(client, ask)
  }

  async #askAgain<T>(
    client: StoreClient,
    ask: () => Promise<T>,
    last: { error: unknown; evenWhenFull: boolean },
  ): Promise<T> {
    const { whenAway, clients, onFull } = this.#options
    const { closing } = clients
    let { error } = last
    for (let waitMs = 50; ; waitMs = Math.min(2 * waitMs, TRY_AGAIN_MS)) {
      const reason = toStoreError(error)
      if (isFull(reason)) onFull()
      const isWorthIt = isUnavailable(reason) && (last.evenWhenFull || !isFull(reason))
      if (whenAway !== 'wait' || !isWorthIt || closing.aborted) throw reason
      await delay(waitMs, undefined, { signal: closing }).catch(() => {
        throw reason
      })
      try {
        return await this.ask(client, ask)
      } catch (failure) {
        error = failure
      }
    }
  }

  /**
   * What a client is given while the store is away it sends when that is back. By then nobody waits for it: a task that
   * was refused would be there all the same. So it is given nothing before.
   */
  async #askWhenReady<T>(client: StoreClient, ask: () => Promise<T>): Promise<T> {
    const { admission, answerWithinMs, clients } = this.#options
    if (clients.closing.aborted) throw new Error('Connection is closed.')
    const isReady = client.status === 'ready' || this.#untilReady(client)
    const patienceMs = clients.isAway(client) ? BACK_WITHIN_MS : answerWithinMs
    await inTime(Promise.all([isReady, admission.admitted()]), patienceMs, notReady)
    return this.#answer(ask())
  }

  #answer<T>(answer: Promise<T>): Promise<T> {
    return inTime(answer, this.#options.answerWithinMs, tooLate)
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

const notReady = () => new Error('Command timed out')

function inTime<T>(answer: Promise<T>, ms: number, toError: (ms: number) => Error): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(toError(ms)), ms)
    const settle =
      <Result>(how: (result: Result) => void) =>
      (result: Result) => {
        clearTimeout(timer)
        how(result)
      }
    answer.then(settle(resolve), settle(reject))
  })
}
