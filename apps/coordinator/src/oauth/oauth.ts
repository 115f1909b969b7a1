import type { Principal, Settings } from '@longhaul/task'
import type { FastifyBaseLogger } from 'fastify'
import { Refusal } from '../guards/refusal.ts'
import { AccessTokens } from './access-tokens.ts'
import { AuthorizationServer, AuthorizationServerAway } from './authorization-server.ts'
import { checkOAuthSettings } from './check-settings.ts'
import { type ProtectedResource, toProtectedResource } from './protected-resource.ts'
import { InsufficientScope, InvalidToken } from './refused-token.ts'

export interface OAuthOptions {
  readonly settings: Settings
  readonly log: FastifyBaseLogger
  /** Of the endpoints, the main one first. */
  readonly paths: readonly string[]
}

/** An OAuth 2.1 resource server: lets in who shows an access token, and tells the others where to get one. */
export class OAuth {
  /** By the path of their endpoint. */
  readonly resources: ReadonlyMap<string, ProtectedResource>
  readonly servers: readonly AuthorizationServer[]
  readonly #settings: Pick<Settings, 'oauthScopes' | 'oauthKeysMinAgeMs'>
  readonly #tokens: AccessTokens

  /** @throws Error that names the setting which cannot be used, and says what to write */
  constructor({ settings, log, paths }: OAuthOptions) {
    checkOAuthSettings(settings)
    this.resources = new Map(paths.map((path) => [path, toProtectedResource(path, settings)]))
    this.servers = settings.oauthIssuers.map((issuer) => new AuthorizationServer({ issuer, settings, log }))
    this.#settings = settings
    const audiences = [...[...this.resources.values()].map(({ identifier }) => identifier), ...settings.oauthAudiences]
    this.#tokens = new AccessTokens({ servers: this.servers, audiences, settings })
  }

  /**
   * Who shows the token.
   * @param path of the endpoint
   * @throws Refusal 401, 403, or 503 while its authorization server is away
   */
  principalOf(
    token: string,
    { hash, path }: { readonly hash: string; readonly path: string },
  ): Principal | Promise<Principal> {
    const found = this.#tokens.principalOf(token, hash)
    return found instanceof Promise ? found.catch((error) => this.#refuse(error, path)) : found
  }

  /** For who shows nothing. */
  askForToken(path: string): Refusal {
    const where = this.resources.get(path)?.metadataUrl ?? ''
    const message = `Send an access token: Authorization: Bearer TOKEN. Who gives one is at ${where}.`
    return new Refusal(401, message, this.#challenge(path))
  }

  #refuse(error: unknown, path: string): never {
    if (error instanceof InvalidToken) throw new Refusal(401, error.message, this.#challenge(path, 'invalid_token'))
    if (error instanceof InsufficientScope)
      throw new Refusal(403, error.message, this.#challenge(path, 'insufficient_scope'))
    if (error instanceof AuthorizationServerAway) {
      const message = 'The authorization server cannot be asked for the keys of this token. Try again in some seconds.'
      throw new Refusal(503, message, { 'retry-after': this.#retryAfter() })
    }
    throw error
  }

  /** Seconds after which the authorization server is asked again. */
  #retryAfter(): string {
    return String(Math.max(1, Math.ceil(this.#settings.oauthKeysMinAgeMs / 1000)))
  }

  /** Names all scopes that are needed, so that a client asks once (Z3, Z6). */
  #challenge(path: string, error?: string): Refusal['headers'] {
    const { oauthScopes } = this.#settings
    const parameters = {
      ...(error !== undefined && { error }),
      resource_metadata: this.resources.get(path)?.metadataUrl ?? '',
      ...(oauthScopes.length > 0 && { scope: oauthScopes.join(' ') }),
    }
    const written = Object.entries(parameters).map(([name, value]) => `${name}="${value}"`)
    return { 'www-authenticate': `Bearer ${written.join(', ')}` }
  }
}
