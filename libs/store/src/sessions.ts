import type { JsonObject, Owner, Settings } from '@longhaul/task'
import type { Connection } from './connection.ts'
import { sessionKey, withdrawnKey } from './keys.ts'

/** All that `initialize` leaves behind. A session identifies nobody: every request is authenticated on its own. */
export interface Session {
  readonly id: string
  readonly owner: Owner
  readonly protocolVersion: string
  readonly capabilities: JsonObject
}

const SESSION_ID = /^[\w-]{1,128}$/

/** MCP sessions in the store, so that any coordinator serves any of them. */
export class Sessions {
  readonly #connection: Connection
  readonly #ttlMs: number

  constructor(connection: Connection, settings: Settings) {
    this.#connection = connection
    this.#ttlMs = settings.sessionTtlMs
  }

  async open(session: Session): Promise<void> {
    const value = JSON.stringify(session)
    await this.#connection.send((redis) => redis.set(sessionKey(session.id), value, 'PX', this.#ttlMs))
  }

  /** Reads a session and keeps it for another `sessionTtlMs`. The id is what a client sent, so it may be any text. */
  async use(id: string): Promise<Session | undefined> {
    if (!SESSION_ID.test(id)) return undefined
    const value = await this.#connection.send((redis) => redis.getex(sessionKey(id), 'PX', this.#ttlMs))
    return value === null ? undefined : (JSON.parse(value) as Session)
  }

  async close(id: string): Promise<void> {
    await this.#connection.send((redis) => redis.del(sessionKey(id)))
    await this.tell(id, { type: 'closed' })
  }

  /** Notes that the client cancelled one of its requests, for every coordinator and for a stream resumed later. */
  async withdraw(id: string, requestId: string): Promise<void> {
    const key = withdrawnKey(id, requestId)
    await this.#connection.send((redis) => redis.set(key, '1', 'PX', this.#ttlMs))
    await this.tell(id, { type: 'withdrawn', requestId })
  }

  async isWithdrawn(id: string, requestId: string): Promise<boolean> {
    const key = withdrawnKey(id, requestId)
    return (await this.#connection.send((redis) => redis.exists(key))) === 1
  }

  /** Says something to every stream of the session, on whichever coordinator. */
  async tell(id: string, notice: JsonObject): Promise<void> {
    await this.#connection.send((redis) => redis.publish(sessionKey(id), JSON.stringify(notice)))
  }
}
