import type { Settings } from '@longhaul/task'
import type { FastifyBaseLogger } from 'fastify'
import { errors, type JWTVerifyGetKey } from 'jose'
import { type Discovered, discover } from './discover.ts'

export interface AuthorizationServerOptions {
  /** As tokens name it, to the letter. */
  readonly issuer: string
  readonly settings: Pick<Settings, 'oauthKeysMinAgeMs' | 'oauthKeysMaxAgeMs' | 'oauthTimeoutMs'>
  readonly log: Pick<FastifyBaseLogger, 'warn' | 'info'>
}

/** An authorization server did not say what is needed to verify a token of it. */
export class AuthorizationServerAway extends Error {
  override readonly name = 'AuthorizationServerAway'
}

interface Known extends Discovered {
  /** By `performance.now()`. */
  readonly since: number
}

/** The last time that the server was asked. */
interface Asked {
  readonly answer: Promise<Known>
  /** By `performance.now()`; meanwhile nobody asks again. */
  until: number
}

/**
 * An authorization server whose tokens are taken: where its keys are, and its keys. While it is away, those of before
 * serve on.
 */
export class AuthorizationServer {
  readonly issuer: string
  readonly #settings: AuthorizationServerOptions['settings']
  readonly #log: AuthorizationServerOptions['log']
  #known: Known | undefined
  #asked: Asked | undefined
  #isAway = false

  constructor({ issuer, settings, log }: AuthorizationServerOptions) {
    this.issuer = issuer
    this.#settings = settings
    this.#log = log
  }

  /** The key that should have signed a token. @throws AuthorizationServerAway, or an error of jose: there is none */
  readonly keyOf: JWTVerifyGetKey = async (header, token) => {
    const { keyOf } = await this.#current()
    try {
      return await keyOf(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      // It may be a new one.
      const newer = await this.#ask()
      return newer.keyOf(header, token)
    }
  }

  /** Where its metadata is. @throws AuthorizationServerAway */
  async metadataUrl(): Promise<string> {
    return (await this.#current()).metadataUrl
  }

  /** Asks before anybody needs it: who comes first need not wait, and the log says early what is wrong. */
  learn(): void {
    this.#ask().catch(() => {})
  }

  /** What is known is good while newer is on its way. */
  async #current(): Promise<Known> {
    const known = this.#known
    if (known === undefined) return this.#ask()
    if (performance.now() - known.since > this.#settings.oauthKeysMaxAgeMs) this.learn()
    return known
  }

  /** So soon after the last time it is what came of that, be it a failure: no token makes us ask more often. */
  #ask(): Promise<Known> {
    if (this.#asked && performance.now() < this.#asked.until) return this.#asked.answer
    const asked: Asked = { answer: this.#fetch(), until: Number.POSITIVE_INFINITY }
    const note = () => {
      asked.until = performance.now() + this.#settings.oauthKeysMinAgeMs
    }
    asked.answer.then(note, note)
    this.#asked = asked
    return asked.answer
  }

  async #fetch(): Promise<Known> {
    try {
      const found = await discover(this.issuer, { timeoutMs: this.#settings.oauthTimeoutMs })
      this.#known = { ...found, since: performance.now() }
    } catch (error) {
      throw this.#away((error as Error).message)
    }
    if (this.#isAway) this.#log.info({ issuer: this.issuer }, 'the authorization server is there')
    this.#isAway = false
    return this.#known
  }

  /** Is told to the log once. */
  #away(reason: string): AuthorizationServerAway {
    if (!this.#isAway) {
      const what = this.#known ? 'its keys of before serve on' : 'its tokens cannot be verified'
      this.#log.warn({ issuer: this.issuer, reason }, `the authorization server cannot be asked: ${what}`)
    }
    this.#isAway = true
    return new AuthorizationServerAway(reason)
  }
}
