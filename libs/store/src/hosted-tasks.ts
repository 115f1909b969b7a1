import type { Settings } from '@longhaul/task'
import type { Connection } from './connection.ts'
import { hostedKey } from './keys.ts'

/** A task of a client, in which it keeps a question of ours until it has an answer. */
export interface HostedTask {
  /** The client's own. */
  readonly id: string
  /** Our task, and the question. */
  readonly taskId: string
  readonly key: string
  /** The showing of the question that it answered with this task. */
  readonly attempt: number
  /** How often the client wants to be asked, in ms, where it says so. */
  readonly pollMs?: number
  /** The client has ended it by itself: when the question is closed there is nothing to call off. */
  readonly isOver?: true
}

/** Of one. It names a question of ours by what we said of it, which is far less; whatever a client answers may claim to. */
const MOST_BYTES = 16 * 1024

/**
 * The tasks that the client of a session hosts for us, so that whichever stream the session has, on whichever
 * coordinator, goes on with them or calls them off.
 */
export class HostedTasks {
  readonly #connection: Connection
  readonly #ttlMs: number
  readonly #maxHostedTasks: number

  constructor(connection: Connection, settings: Settings) {
    this.#connection = connection
    this.#ttlMs = settings.sessionTtlMs
    this.#maxHostedTasks = settings.maxHostedTasks
  }

  /** False when there are as many of the session as there may be, or this one is larger than any. */
  async note(session: string, { id, ...hosted }: HostedTask): Promise<boolean> {
    const key = hostedKey(session)
    if (Buffer.byteLength(JSON.stringify(hosted)) > MOST_BYTES) return false
    if ((await this.#connection.send((redis) => redis.hlen(key))) >= this.#maxHostedTasks) return false
    await this.#write(session, id, hosted)
    return true
  }

  /** It stays on record until its answer is taken. */
  async markOver(session: string, { id, ...hosted }: HostedTask): Promise<void> {
    await this.#write(session, id, { ...hosted, isOver: true })
  }

  async #write(session: string, id: string, hosted: Omit<HostedTask, 'id'>): Promise<void> {
    const key = hostedKey(session)
    const value = JSON.stringify(hosted)
    await this.#connection.pipeline((pipeline) => pipeline.hset(key, id, value).pexpire(key, this.#ttlMs))
  }

  async list(session: string): Promise<readonly HostedTask[]> {
    const all = await this.#connection.send((redis) => redis.hgetall(hostedKey(session)))
    return Object.entries(all).map(([id, hosted]) => ({ id, ...JSON.parse(hosted) }))
  }

  /** Nothing more is expected of it. False when somebody else was first to drop it. */
  async drop(session: string, id: string): Promise<boolean> {
    return (await this.#connection.send((redis) => redis.hdel(hostedKey(session), id))) === 1
  }
}
