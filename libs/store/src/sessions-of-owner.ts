import { type Owner, ownerKey, type Settings } from '@longhaul/task'
import type { Connection } from './connection.ts'
import { sessionKey, sessionsKey } from './keys.ts'
import type { Session } from './sessions.ts'

/** Of which a process knows when it kept their lists. */
const MOST_OWNERS = 10_000

type Owned = Pick<Session, 'id' | 'owner'>

/**
 * Which sessions an owner has, so that there are not too many. Requests cost nothing for it: when a session ends is
 * looked up where there seems to be no room for another.
 */
export class SessionsOfOwner {
  readonly #connection: Connection
  readonly #ttlMs: number
  readonly #most: number
  /** When this process last kept the list of each owner, the newest last; one that is not in it is kept once more. */
  readonly #keptAt = new Map<string, number>()

  constructor(connection: Connection, { sessionTtlMs, maxSessions }: Settings) {
    this.#connection = connection
    this.#ttlMs = sessionTtlMs
    this.#most = maxSessions
  }

  /** False when there is no room. */
  async add({ id, owner }: Owned): Promise<boolean> {
    const keys = [sessionsKey(owner)]
    let looked: (string | number)[] = []
    for (;;) {
      const args = [id, this.#most, this.#ttlMs, ...looked]
      const answer = (await this.#connection.call({ script: 'admit', keys, args })) as [number, ...string[]]
      const [isAdmitted, ...mayBeOver] = answer
      if (isAdmitted === 1) return true
      if (mayBeOver.length === 0) return false
      looked = (await Promise.all(mayBeOver.map((session) => this.#look(session)))).flat()
    }
  }

  async remove({ id, owner }: Owned): Promise<void> {
    await this.#connection.send((redis) => redis.zrem(sessionsKey(owner), id))
  }

  /** A session of the owner is used. The list outlives each of them, and is seldom kept. */
  keep(owner: Owner): void {
    const key = ownerKey(owner)
    const now = Date.now()
    if (now - (this.#keptAt.get(key) ?? 0) < this.#ttlMs / 2) return
    this.#keptAt.delete(key)
    this.#keptAt.set(key, now)
    const [oldest] = this.#keptAt.keys()
    if (oldest !== undefined && this.#keptAt.size > MOST_OWNERS) this.#keptAt.delete(oldest)
    // Nobody waits for it: the next request tries again.
    this.#connection
      .send((redis) => redis.pexpire(sessionsKey(owner), 2 * this.#ttlMs))
      .catch(() => this.#keptAt.delete(key))
  }

  /** @returns the session, and the ms that it has left, or less than 0 */
  async #look(session: string): Promise<[string, number]> {
    return [session, await this.#connection.send((redis) => redis.pttl(sessionKey(session)))]
  }
}
