import type { JsonObject, LogLevel, Owner, Settings } from '@longhaul/task'
import type { Connection } from './connection.ts'
import { hostedKey, leftCallKey, sessionKey, subscriptionsKey, withdrawnKey } from './keys.ts'
import { SessionsOfOwner } from './sessions-of-owner.ts'

/** All that `initialize` leaves behind. A session identifies nobody: every request is authenticated on its own. */
export interface Session {
  readonly id: string
  readonly owner: Owner
  /** Unix ms. */
  readonly openedAt: number
  readonly protocolVersion: string
  readonly capabilities: JsonObject
  /** The least level of log messages that the client wants; absent until it has said so. */
  readonly logLevel?: LogLevel
  /** Set once its client has looked among its own tasks for the one that a question belongs to. */
  readonly knowsOwnTasksOnly?: true
}

/** Time by which the word that a request is cancelled may come before the request, over another connection. */
const OVERTAKES_BY_MS = 2000
/** Of one session. A note is wanted as long as its request may still come, or be taken up again, which is seldom long. */
const MOST_WITHDRAWN = 1000
const SESSION_ID = /^[\w-]{1,128}$/

/** MCP sessions in the store, so that any coordinator serves any of them. */
export class Sessions {
  readonly #connection: Connection
  readonly #ttlMs: number
  readonly #maxSubscriptions: number
  readonly #ofOwner: SessionsOfOwner

  constructor(connection: Connection, settings: Settings) {
    this.#connection = connection
    this.#ttlMs = settings.sessionTtlMs
    this.#maxSubscriptions = settings.maxSubscriptions
    this.#ofOwner = new SessionsOfOwner(connection, settings)
  }

  /** False when its owner has as many sessions as one may have. */
  async open(session: Session): Promise<boolean> {
    const key = sessionKey(session.id)
    const value = JSON.stringify(session)
    // In one round trip: nobody knows of it yet.
    const [isAdmitted] = await Promise.all([
      this.#ofOwner.add(session),
      this.#connection.send((redis) => redis.set(key, value, 'PX', this.#ttlMs)),
    ])
    if (!isAdmitted) await this.#connection.send((redis) => redis.del(key))
    return isAdmitted
  }

  /** Reads a session and keeps it for another `sessionTtlMs`. The id is what a client sent, so it may be any text. */
  async use(id: string): Promise<Session | undefined> {
    if (!SESSION_ID.test(id)) return undefined
    const value = await this.#connection.send((redis) => redis.getex(sessionKey(id), 'PX', this.#ttlMs))
    if (value === null) return undefined
    const session = JSON.parse(value) as Session
    this.#ofOwner.keep(session.owner)
    return session
  }

  /** Keeps a session of which a stream is open for another `sessionTtlMs`. False when it is over. */
  async keep({ id, owner }: Pick<Session, 'id' | 'owner'>): Promise<boolean> {
    this.#ofOwner.keep(owner)
    const [isKept] = await Promise.all([
      this.#connection.send((redis) => redis.pexpire(sessionKey(id), this.#ttlMs)),
      this.#connection.send((redis) => redis.pexpire(subscriptionsKey(id), this.#ttlMs)),
      this.#connection.send((redis) => redis.pexpire(hostedKey(id), this.#ttlMs)),
    ])
    return isKept === 1
  }

  /** From now on; streams that are open are told. */
  async setLogLevel(session: Session, level: LogLevel): Promise<void> {
    await this.#change(session.id, { logLevel: level })
    await this.tell(session.id, { type: 'log_level', level })
  }

  /** From now on its client is not told to which task a question belongs; streams that are open hear of it. */
  async setKnowsOwnTasksOnly(session: Session): Promise<void> {
    await this.#change(session.id, { knowsOwnTasksOnly: true })
    await this.tell(session.id, { type: 'knows_own_tasks_only' })
  }

  /** The resources whose changes the session is told of. */
  async subscriptions(id: string): Promise<readonly string[]> {
    return this.#connection.send((redis) => redis.smembers(subscriptionsKey(id)))
  }

  /** False when the session has as many subscriptions as one may have. */
  async subscribe(id: string, uri: string): Promise<boolean> {
    const key = subscriptionsKey(id)
    if ((await this.#connection.send((redis) => redis.scard(key))) >= this.#maxSubscriptions) return false
    await this.#connection.pipeline((pipeline) => pipeline.sadd(key, uri).pexpire(key, this.#ttlMs))
    await this.tell(id, { type: 'subscribed', uri })
    return true
  }

  async unsubscribe(id: string, uri: string): Promise<void> {
    await this.#connection.send((redis) => redis.srem(subscriptionsKey(id), uri))
    await this.tell(id, { type: 'unsubscribed', uri })
  }

  async close({ id, owner }: Pick<Session, 'id' | 'owner'>): Promise<void> {
    await this.#connection.send((redis) => redis.del(sessionKey(id)))
    await this.#connection.send((redis) => redis.del(subscriptionsKey(id)))
    await this.#connection.send((redis) => redis.del(hostedKey(id)))
    await this.#connection.send((redis) => redis.del(withdrawnKey(id)))
    await this.#ofOwner.remove({ id, owner })
    await this.tell(id, { type: 'closed' })
  }

  /**
   * Notes that the client cancelled one of its requests, for every coordinator and for a stream resumed later.
   * @returns the task of that request where its stream had broken off before, so that nobody else hears of it
   */
  async withdraw(id: string, requestId: string): Promise<string | undefined> {
    const args = [requestId, MOST_WITHDRAWN, this.#ttlMs]
    await this.#connection.call({ script: 'withdraw', keys: [withdrawnKey(id)], args })
    await this.tell(id, { type: 'withdrawn', requestId })
    const taskId = await this.#connection.send((redis) => redis.get(leftCallKey(id, requestId)))
    return taskId ?? undefined
  }

  /** Notes the task of a plain call whose stream breaks off, so that the client can cancel it all the same. */
  async leaveCall(id: string, requestId: string, taskId: string): Promise<void> {
    const key = leftCallKey(id, requestId)
    await this.#connection.send((redis) => redis.set(key, taskId, 'PX', this.#ttlMs))
  }

  /**
   * Forgets what was noted of an earlier request with the id of one that came at `since` (Unix ms): a client that takes up
   * a session again may count its requests from the start.
   * @returns whether the client has cancelled this one already; that may overtake it by a moment
   */
  async begin(id: string, requestId: string, since: number): Promise<boolean> {
    const key = withdrawnKey(id)
    const [isNoted] = await Promise.all([
      this.isWithdrawn(id, requestId),
      this.#connection.send((redis) => redis.del(leftCallKey(id, requestId))),
    ])
    if (!isNoted) return false
    const args = [requestId, Date.now() - since + OVERTAKES_BY_MS]
    return (await this.#connection.call({ script: 'withdrawn-lately', keys: [key], args })) === 1
  }

  async isWithdrawn(id: string, requestId: string): Promise<boolean> {
    return (await this.#connection.send((redis) => redis.zscore(withdrawnKey(id), requestId))) !== null
  }

  /** As it is now: another request may have changed it since the caller has read it. */
  async #change(id: string, changed: Partial<Session>): Promise<void> {
    const key = sessionKey(id)
    for (;;) {
      const before = await this.#connection.send((redis) => redis.get(key))
      if (before === null) return
      const after = JSON.stringify({ ...(JSON.parse(before) as Session), ...changed })
      const isDone = await this.#connection.call({ script: 'swap', keys: [key], args: [before, after, this.#ttlMs] })
      if (isDone === 1) return
    }
  }

  /** Says something to every stream of the session, on whichever coordinator. */
  async tell(id: string, notice: JsonObject): Promise<void> {
    await this.#connection.send((redis) => redis.publish(sessionKey(id), JSON.stringify(notice)))
  }
}
