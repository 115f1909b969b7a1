import { randomBytes } from 'node:crypto'
import type { Connection } from './connection.ts'
import { SECRET } from './keys.ts'

/** A secret that all processes on one store share, made by the first that asks. It signs; nothing is encrypted with it. */
export class SharedSecret {
  readonly #connection: Connection
  #secret: Promise<string> | undefined

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** One round trip at the first use. @throws LonghaulError `store_unavailable` */
  read(): Promise<string> {
    this.#secret ??= this.#fetch().catch((error: unknown) => {
      this.#secret = undefined
      throw error
    })
    return this.#secret
  }

  async #fetch(): Promise<string> {
    const made = randomBytes(32).toString('base64url')
    const [, kept] = await this.#connection.pipeline((pipeline) => {
      pipeline.set(SECRET, made, 'NX').get(SECRET)
    })
    return kept as string
  }
}
