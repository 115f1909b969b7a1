import { setTimeout as delay } from 'node:timers/promises'
import { LonghaulError, type Settings } from '@longhaul/task'
import { type ChainableCommander, Redis } from 'ioredis'
import { callScript, defineScripts, type ScriptCall } from './scripts.ts'

export interface ConnectionOptions {
  readonly url: string
  readonly settings: Settings
  /**
   * What a command does while the store is away: a server fails it soon, so that whoever asked hears of it;
   * a worker waits, since its work is not lost by waiting.
   */
  readonly whenAway: 'fail' | 'wait'
  /** Told once when the store goes away and once when it is back. */
  readonly onState?: (state: 'away' | 'back', reason?: string) => void
}

/** Longest time that a server waits for an answer: a store that has stopped leaves its connections open. */
const ANSWER_WITHIN_MS = 2000
/** A connection that owes an answer for so long is dead without knowing it, and is opened anew. */
const SILENT_FOR_MS = 15_000
/** Time that a store which does not answer may delay the end of this process. */
const CLOSE_WITHIN_MS = 1000

/** A connection to the truth. All traffic of this package passes here, so a lost store is one kind of error. */
export class Connection {
  readonly #redis: Redis
  #subscriber: Redis | undefined
  readonly #away = new Set<Redis>()
  #isClosed = false
  readonly #options: ConnectionOptions

  constructor(options: ConnectionOptions) {
    this.#options = options
    this.#redis = this.#open()
    defineScripts(this.#redis, options.settings)
  }

  /** Whether the store answers. */
  async isReady(): Promise<boolean> {
    return this.#redis.status === 'ready' && (await this.#redis.ping().catch(() => '')) === 'PONG'
  }

  /** One script, one round trip. @throws LonghaulError `store_unavailable` */
  call(script: ScriptCall): Promise<unknown> {
    return this.#reach(callScript(this.#redis, script))
  }

  /** Several scripts, one round trip, results in order. */
  callAll(scripts: readonly ScriptCall[]): Promise<unknown[]> {
    return this.pipeline((pipeline) => {
      for (const script of scripts) void callScript(pipeline, script)
    })
  }

  /** Plain commands. @throws LonghaulError `store_unavailable` */
  send<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    return this.#reach(command(this.#redis))
  }

  /** Several commands, one round trip, results in order. The first error of a command is thrown. */
  async pipeline(fill: (pipeline: ChainableCommander) => void): Promise<unknown[]> {
    const pipeline = this.#redis.pipeline()
    fill(pipeline)
    const results = await this.#reach(pipeline.exec())
    return (results ?? []).map(([error, value]) => {
      if (error) throw translate(error)
      return value
    })
  }

  /** Commands of the connection of this process that only listens; opened at the first use. */
  listen<T>(command: (subscriber: Redis) => Promise<T>): Promise<T> {
    this.#subscriber ??= this.#open()
    return this.#reach(command(this.#subscriber))
  }

  /** Commands under way are answered first, unless the store is away. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([this.#redis, this.#subscriber].map((redis) => redis && close(redis)))
  }

  #open(): Redis {
    const { url, whenAway } = this.#options
    const redis = new Redis(url, {
      retryStrategy: (attempt) => Math.min(50 * attempt, 1000),
      socketTimeout: SILENT_FOR_MS,
      ...(whenAway === 'fail'
        ? { maxRetriesPerRequest: 1, connectTimeout: ANSWER_WITHIN_MS, commandTimeout: ANSWER_WITHIN_MS }
        : { maxRetriesPerRequest: null }),
    })
    redis.on('error', (error: Error) => this.#noteAway(redis, error.message))
    redis.on('close', () => this.#noteAway(redis, 'the connection was closed'))
    redis.on('ready', () => this.#noteBack(redis))
    return redis
  }

  /** The store counts as away as long as one of the connections lacks it. */
  #noteAway(redis: Redis, reason: string): void {
    if (this.#isClosed || this.#away.has(redis)) return
    if (this.#away.add(redis).size === 1) this.#options.onState?.('away', reason)
  }

  #noteBack(redis: Redis): void {
    if (this.#away.delete(redis) && this.#away.size === 0) this.#options.onState?.('back')
  }

  async #reach<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (error) {
      throw translate(error)
    }
  }
}

async function close(redis: Redis): Promise<void> {
  if (redis.status === 'ready') {
    const timer = new AbortController()
    const tooLate = delay(CLOSE_WITHIN_MS, undefined, { signal: timer.signal }).catch(() => {})
    await Promise.race([redis.quit().catch(() => {}), tooLate])
    timer.abort()
  }
  redis.disconnect()
}

const AWAY = new RegExp(
  [
    ...['MaxRetriesPerRequest', 'Connection is closed', 'Command timed out', 'Socket timeout', 'Command aborted'],
    ...['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', '^LOADING', '^MASTERDOWN', '^READONLY', '^BUSY '],
  ].join('|'),
)
/** Its memory or its disk is full: it still answers, but takes no writes. */
const FULL = /^OOM|^MISCONF/

/** A lost connection says so in the domain's words; a mistake of ours stays as it is. */
function translate(error: unknown): unknown {
  if (!(error instanceof Error)) return error
  const words = `${error.name} ${error.message}`.replace(/^ReplyError /, '')
  if (AWAY.test(words))
    return unavailable('The task store cannot be reached just now. Nothing was lost; try again shortly.', error)
  if (FULL.test(words))
    return unavailable(
      'The task store is full and takes nothing new. Nothing was lost; give it more memory or disk.',
      error,
    )
  return error
}

const unavailable = (message: string, cause: Error): LonghaulError =>
  new LonghaulError('store_unavailable', message, { cause })
