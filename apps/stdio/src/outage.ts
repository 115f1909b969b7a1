import { setTimeout as delay } from 'node:timers/promises'
import { UnreachableError } from './endpoint.ts'
import type { Log } from './log.ts'

/** Pauses between two attempts, the longer the more have failed. */
const PAUSES_MS = [100, 250, 500, 1000, 2000, 5000]

export interface OutageOptions {
  /** Time for which something waits for an installation that cannot be reached. */
  readonly waitMs: number
  readonly log: Log
}

export interface Persistence {
  /** Ends it, quietly. */
  readonly signal: AbortSignal
  /** Whether it does not give up. */
  readonly isPatient?: () => boolean
}

/**
 * One attempt: resolves with whether it is through; one that broke off is made again. `heard` says that it gets on.
 * @throws UnreachableError, and then it is made again, too
 */
export type Attempt = (heard: () => void) => Promise<boolean>

/** Since when the installation cannot be reached, and for how long something waits for it. */
export class Outage {
  readonly #options: OutageOptions
  #since: number | undefined
  #onBegin = () => {}

  constructor(options: OutageOptions) {
    this.#options = options
  }

  /** Whether the last that was heard of the installation is that it cannot be reached. */
  get isOn(): boolean {
    return this.#since !== undefined
  }

  /** Calls the listener whenever one begins. There is one listener. */
  onBegin(listener: () => void): void {
    this.#onBegin = listener
  }

  /** Something was answered. */
  end(): void {
    if (this.#since === undefined) return
    this.#since = undefined
    this.#options.log.info({}, 'the installation is there again')
  }

  /**
   * Tries until an attempt is through, or all have failed for too long: those of this run, or whatever else was tried
   * meanwhile. So the first to meet an outage waits for its end, and who comes later is told at once.
   * @throws UnreachableError; whatever else an attempt throws
   */
  async persist(attempt: Attempt, { signal, isPatient = () => false }: Persistence): Promise<void> {
    let failures = 0
    let failingSince: number | undefined
    const heard = () => {
      failures = 0
      failingSince = undefined
    }
    while (!signal.aborted) {
      try {
        if (await attempt(heard)) return
        failingSince ??= Date.now()
        if (!isPatient() && Date.now() - failingSince >= this.#options.waitMs) {
          throw new UnreachableError('The installation breaks off all that it begins.', { mayHaveArrived: true })
        }
      } catch (error) {
        if (signal.aborted) return
        if (!(error instanceof UnreachableError)) throw error
        failingSince = Math.min(failingSince ?? Number.POSITIVE_INFINITY, this.#begin(error.message))
        if (!isPatient() && Date.now() - failingSince >= this.#options.waitMs) throw error
      }
      const pauseMs = PAUSES_MS[Math.min(failures++, PAUSES_MS.length - 1)]
      await delay(pauseMs, undefined, { signal }).catch(() => {})
    }
  }

  /** @returns since when it lasts */
  #begin(reason: string): number {
    if (this.#since === undefined) {
      this.#since = Date.now()
      this.#options.log.warn({ reason }, 'the installation cannot be reached; trying again until it is there')
      this.#onBegin()
    }
    return this.#since
  }
}
