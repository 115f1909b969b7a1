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

/** A connection to the truth. All traffic of this package passes here, so a lost store is one kind of error. */
export class Connection {
  readonly #redis: Redis
  #subscriber: Redis | undefined
  #away = false
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

  /** The connection of this process that only listens; opened at the first use. */
  listen<T>(command: (subscriber: Redis) => Promise<T>): Promise<T> {
    this.#subscriber ??= this.#open()
    return this.#reach(command(this.#subscriber))
  }

  async close(): Promise<void> {
    for (const redis of [this.#redis, this.#subscriber]) {
      if (redis?.status === 'ready') await redis.quit().catch(() => redis.disconnect())
      else redis?.disconnect()
    }
  }

  #open(): Redis {
    const redis = new Redis(this.#options.url, {
      maxRetriesPerRequest: this.#options.whenAway === 'fail' ? 1 : null,
      retryStrategy: (attempt) => Math.min(50 * attempt, 1000),
    })
    redis.on('error', (error: Error) => this.#note('away', error.message))
    redis.on('close', () => this.#note('away'))
    redis.on('ready', () => this.#note('back'))
    return redis
  }

  #note(state: 'away' | 'back', reason?: string): void {
    if (this.#away === (state === 'away')) return
    this.#away = state === 'away'
    this.#options.onState?.(state, reason)
  }

  async #reach<T>(answer: Promise<T>): Promise<T> {
    try {
      return await answer
    } catch (error) {
      throw translate(error)
    }
  }
}

const AWAY =
  /MaxRetriesPerRequest|Connection is closed|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EPIPE|^LOADING|^MASTERDOWN|^READONLY/

/** A lost connection says so in the domain's words; a mistake of ours stays as it is. */
function translate(error: unknown): unknown {
  if (!(error instanceof Error) || !AWAY.test(`${error.name} ${error.message}`.replace(/^ReplyError /, '')))
    return error
  const message = 'The task store cannot be reached just now. Nothing was lost; try again shortly.'
  return new LonghaulError('store_unavailable', message, { cause: error })
}
