import { computeScopeUnion, isStrictScopeSuperset } from '@modelcontextprotocol/client'
import { AuthorizationError } from './authorization-error.ts'
import { toOAuthProvider } from './oauth-provider.ts'
import { type AuthorizedServer, withoutSecrets } from './server-config.ts'
import { requestToken } from './token-request.ts'

/** A token is replaced this long before its end, or when half of its life is over. */
const RENEW_EARLY_MS = 30_000

/** What a server says that does not take the token of a request. */
export interface Challenge {
  /** That it knows no such token (any more), or that the token allows too little. */
  readonly kind: 'unknown' | 'too_little'
  readonly resourceMetadataUrl?: URL
  readonly scope?: string
}

interface AccessToken {
  readonly value: string
  /** What was asked for, or given; a new request for no more is in vain. */
  readonly scope: string | undefined
  readonly renewAt: number
  readonly endsAt: number
}

/**
 * The access tokens for one server, in this process alone. Whoever needs one while one is being fetched waits for that,
 * so that many calls cost one request. All methods throw AuthorizationError.
 */
export class AccessTokens {
  readonly #server: AuthorizedServer
  readonly #provider: ReturnType<typeof toOAuthProvider>
  #current: AccessToken | undefined
  #pending: Promise<AccessToken> | undefined
  /** What to ask for; undefined until the server has said it, where the configuration does not. */
  #scope: string | undefined
  #resourceMetadataUrl: URL | undefined

  constructor(server: AuthorizedServer) {
    this.#server = server
    this.#provider = toOAuthProvider(server.oauth)
    this.#scope = server.oauth.scope
  }

  /** The token to send. Undefined before the server has asked for one, and so has said where its metadata is. */
  async get(): Promise<string | undefined> {
    const token = this.#current
    if (!token) return (await this.#pending)?.value
    if (Date.now() < token.renewAt) return token.value
    try {
      return (await this.#renew()).value
    } catch (error) {
      if (Date.now() < token.endsAt) return token.value
      throw error
    }
  }

  /** The token to send instead of one that was refused; undefined where a new one would be refused, too. */
  async replace(refused: string | undefined, challenge: Challenge): Promise<string | undefined> {
    this.#resourceMetadataUrl = challenge.resourceMetadataUrl ?? this.#resourceMetadataUrl
    if (challenge.kind === 'too_little') return this.#widen(refused, challenge.scope)
    if (this.#server.oauth.scope === undefined) this.#scope = computeScopeUnion(this.#scope, challenge.scope)
    const token = this.#current
    if (token && token.value !== refused) return token.value
    return (await this.#renew()).value
  }

  async #widen(refused: string | undefined, needed: string | undefined): Promise<string | undefined> {
    // What is under way was asked for before it was known that more is needed.
    while (this.#pending) await this.#pending.catch(() => {})
    const token = this.#current
    const scope = computeScopeUnion(this.#scope, token?.scope, needed)
    if (!isStrictScopeSuperset(scope, token?.scope)) return token?.value === refused ? undefined : token?.value
    const widened = await this.#renew(scope)
    // Only now: what cannot be had must not be asked for again with each renewal.
    this.#scope = scope
    return widened.value
  }

  #renew(scope = this.#scope): Promise<AccessToken> {
    this.#pending ??= this.#request(scope).finally(() => {
      this.#pending = undefined
    })
    return this.#pending
  }

  async #request(scope: string | undefined): Promise<AccessToken> {
    const [serverUrl, resourceMetadataUrl] = [this.#server.url, this.#resourceMetadataUrl]
    const askedAt = Date.now()
    try {
      await requestToken(this.#provider, {
        serverUrl,
        ...(scope !== undefined && { scope }),
        ...(resourceMetadataUrl && { resourceMetadataUrl }),
      })
    } catch (error) {
      if (!(error instanceof AuthorizationError)) throw error
      throw new AuthorizationError(withoutSecrets(this.#server, error.message), error)
    }
    const tokens = await this.#provider.tokens()
    const lifeMs = (tokens?.expires_in ?? Number.POSITIVE_INFINITY) * 1000
    this.#current = {
      value: tokens?.access_token ?? '',
      scope: computeScopeUnion(scope, tokens?.scope),
      renewAt: askedAt + Math.max(lifeMs / 2, lifeMs - RENEW_EARLY_MS),
      endsAt: askedAt + lifeMs,
    }
    return this.#current
  }
}
