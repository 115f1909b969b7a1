import type { Settings } from '@longhaul/task'
import type { FastifyBaseLogger } from 'fastify'
import { createRemoteJWKSet, errors, type JWTVerifyGetKey } from 'jose'
import { type AuthorizationServerMetadata, discover, whyItFailed } from './discover.ts'

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

type KeySet = ReturnType<typeof createRemoteJWKSet>

interface Known {
  readonly metadata: AuthorizationServerMetadata
  readonly keys: KeySet
  readonly since: number
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
  #asking: Promise<Known> | undefined
  #isAway = false

  constructor({ issuer, settings, log }: AuthorizationServerOptions) {
    this.issuer = issuer
    this.#settings = settings
    this.#log = log
  }

  /** The key that should have signed a token. @throws AuthorizationServerAway, or an error of jose: there is none */
  readonly keyOf: JWTVerifyGetKey = async (header, token) => {
    const { keys } = await this.#current()
    try {
      return await keys(header, token)
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error
      throw this.#away(error)
    }
  }

  /** Where its metadata is. @throws AuthorizationServerAway */
  async metadataUrl(): Promise<string> {
    const { metadata } = await this.#current()
    return metadata.url
  }

  /** What is known is good while newer is on its way. */
  async #current(): Promise<Known> {
    const known = this.#known
    const isOld = known === undefined || Date.now() - known.since > this.#settings.oauthKeysMaxAgeMs
    if (!isOld) return known
    this.#asking ??= this.#ask().finally(() => {
      this.#asking = undefined
    })
    if (known === undefined) return this.#asking
    this.#asking.catch(() => {})
    return known
  }

  async #ask(): Promise<Known> {
    const { oauthTimeoutMs } = this.#settings
    try {
      const metadata = await discover(this.issuer, { timeoutMs: oauthTimeoutMs })
      const keys = this.#known?.metadata.jwksUri === metadata.jwksUri ? this.#known.keys : this.#toKeySet(metadata)
      await keys.reload()
      this.#known = { metadata, keys, since: Date.now() }
      if (this.#isAway) this.#log.info({ issuer: this.issuer }, 'the authorization server is there')
      this.#isAway = false
      return this.#known
    } catch (error) {
      throw this.#away(error)
    }
  }

  #toKeySet({ jwksUri }: AuthorizationServerMetadata): KeySet {
    const { oauthTimeoutMs, oauthKeysMinAgeMs } = this.#settings
    return createRemoteJWKSet(new URL(jwksUri), {
      timeoutDuration: oauthTimeoutMs,
      cooldownDuration: oauthKeysMinAgeMs,
      // How old they may be is seen to above, where older ones serve on.
      cacheMaxAge: Number.POSITIVE_INFINITY,
    })
  }

  /** Is told to the log once. */
  #away(error: unknown): AuthorizationServerAway {
    const reason = whyItFailed(error)
    if (!this.#isAway) {
      const what = this.#known ? 'its keys of before serve on' : 'its tokens cannot be verified'
      this.#log.warn({ issuer: this.issuer, reason }, `the authorization server cannot be asked: ${what}`)
    }
    this.#isAway = true
    return new AuthorizationServerAway(reason)
  }
}
