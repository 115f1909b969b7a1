import type { Settings } from '@longhaul/task'
import type { Connection } from './connection.ts'
import { ownerIndexKey, taskKeys } from './keys.ts'
import { newCallName } from './scripts.ts'
import type { Session } from './sessions.ts'

/** `task`: a stream that waits for this one task. `session`: one that shows whatever its session has to answer. */
export type StreamKind = 'task' | 'session'

/** A stream that would show a question. */
export interface Claimant {
  readonly id: string
  readonly kind: StreamKind
  /** Whether it shows only what no stream has shown yet. */
  readonly isFirst: boolean
}

/** One showing of a question. */
export interface Showing {
  /** From 1. */
  readonly attempt: number
  /** Answers that were refused by then. */
  readonly refusals: number
  /** How often a client has lost it by then. */
  readonly losses: number
}

/** A task is made by the clock of one coordinator, in a session that was opened by that of another. */
const CLOCKS_DIFFER_BY_MS = 60_000
const MOST_LOOKED_AT = 1000

/**
 * Which stream shows which open question. Each showing goes to exactly one stream and has a number of its own; a
 * stream that is not heard of for `deliveryLeaseMs` loses what it had shown. One stream tells the progress.
 */
export class Delivery {
  readonly #connection: Connection
  readonly #leaseMs: number

  constructor(connection: Connection, settings: Settings) {
    this.#connection = connection
    this.#leaseMs = settings.deliveryLeaseMs
  }

  /** Ids of the submitted tasks of a session that ask something, oldest first; of its newest tasks, where it has many. */
  async asking({ id, owner, openedAt }: Pick<Session, 'id' | 'owner' | 'openedAt'>): Promise<readonly string[]> {
    const since = openedAt - CLOCKS_DIFFER_BY_MS
    const newest = await this.#connection.send((redis) =>
      redis.zrevrangebyscore(ownerIndexKey(owner), '+inf', since, 'LIMIT', 0, MOST_LOOKED_AT),
    )
    const rows = (await this.#connection.pipeline((pipeline) => {
      for (const taskId of newest) pipeline.hmget(taskKeys(taskId).record, 'status', 'session')
    })) as (string | null)[][]
    const isAsking = (_: string, place: number) => rows[place]?.[0] === 'input_required' && rows[place]?.[1] === id
    return newest.filter(isAsking).toReversed()
  }

  /** Keeps what the stream has shown; a stream of the task is known to be open from now on. False when it is over. */
  async attend(taskId: string, stream: string, kind: StreamKind): Promise<boolean> {
    const { record, delivery } = taskKeys(taskId)
    const args = [stream, kind, this.#leaseMs]
    return (await this.#connection.call({ script: 'attend', keys: [record, delivery], args })) === 1
  }

  /** Whether any question of the task is shown somewhere. */
  async isShown(taskId: string): Promise<boolean> {
    const fields = await this.#connection.send((redis) => redis.hgetall(taskKeys(taskId).delivery))
    const now = Date.now()
    return Object.entries(fields).some(
      ([field, value]) => field.startsWith('shown:') && Number(value.split(' ').at(-1)) > now,
    )
  }

  /**
   * Whether this stream is the one that tells the task's progress: the first that asks, until it leaves or is not heard
   * of for `deliveryLeaseMs`. Never once the task is over.
   */
  async tell(taskId: string, stream: string, kind: StreamKind): Promise<boolean> {
    const { record, delivery } = taskKeys(taskId)
    const args = [stream, kind, this.#leaseMs]
    return (await this.#connection.call({ script: 'tell', keys: [record, delivery], args })) === 1
  }

  /** Gives up what the stream has shown; others are told to look. */
  async leave(taskId: string, stream: string): Promise<void> {
    const { record, delivery } = taskKeys(taskId)
    await this.#connection.call({ script: 'leave', keys: [record, delivery], args: [taskId, stream] })
  }

  /** Undefined when the question is not this stream's to show. */
  async claim(taskId: string, key: string, { id, kind, isFirst }: Claimant): Promise<Showing | undefined> {
    const { waits, delivery } = taskKeys(taskId)
    const args = [key, id, kind, this.#leaseMs, isFirst ? '1' : '', newCallName()]
    const answer = await this.#connection.call({ script: 'show', keys: [waits, delivery], args })
    const [attempt = 0, refusals = 0, losses = 0] = answer as number[]
    return attempt > 0 ? { attempt, refusals, losses } : undefined
  }

  /**
   * Shows a question again, since the client does not have it any more.
   * @returns how often that has happened to it; 0 when it is not open
   */
  async lose(taskId: string, key: string): Promise<number> {
    const { record, waits, delivery } = taskKeys(taskId)
    const keys = [record, waits, delivery]
    return (await this.#connection.call({ script: 'lose', keys, args: [taskId, key, newCallName()] })) as number
  }
}
