import type { Principal, Settings } from '@longhaul/task'
import { decodeJwt, decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose'
import { z } from 'zod'
import { type AuthorizationServer, AuthorizationServerAway } from './authorization-server.ts'
import { InsufficientScope, InvalidToken } from './refused-token.ts'
import { scopesIn, toPrincipal } from './to-principal.ts'

/** With keys that are public: a server cannot be made to take its public key for a shared secret. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']

/** Types of tokens that are made to call with: RFC 9068, and what servers write that are older. */
const TYPES = new Set(['at+jwt', 'application/at+jwt', 'jwt'])

/** Callers come again and again. More than these are no gain, and must not fill the memory. */
const MOST_REMEMBERED = 10_000

interface Verified {
  readonly principal: Principal
  readonly until: number
}

export interface AccessTokensOptions {
  readonly servers: readonly AuthorizationServer[]
  readonly audiences: readonly string[]
  readonly settings: Pick<Settings, 'oauthScopes' | 'oauthTenantClaim' | 'oauthRecheckMs' | 'oauthClockToleranceMs'>
}

/** JWT access tokens: who they are of, if they were made for this server by one whose tokens are taken (Z4). */
export class AccessTokens {
  readonly #servers: ReadonlyMap<string, AuthorizationServer>
  readonly #audiences: string[]
  readonly #settings: AccessTokensOptions['settings']
  /** By their hash. */
  readonly #verified = new Map<string, Verified>()

  constructor({ servers, audiences, settings }: AccessTokensOptions) {
    this.#servers = new Map(servers.map((server) => [server.issuer, server]))
    this.#audiences = [...audiences]
    this.#settings = settings
  }

  /**
   * @param hash of the token, by which it is remembered
   * @throws InvalidToken, InsufficientScope, AuthorizationServerAway
   */
  principalOf(token: string, hash: string): Principal | Promise<Principal> {
    const verified = this.#verified.get(hash)
    if (verified && Date.now() < verified.until) return verified.principal
    this.#verified.delete(hash)
    return this.#verify(token, hash)
  }

  async #verify(token: string, hash: string): Promise<Principal> {
    const { oauthRecheckMs, oauthTenantClaim } = this.#settings
    const claims = await this.#read(token)
    if (claims.cnf !== undefined) {
      throw new InvalidToken('The access token is bound to a key of its client (cnf), which is not looked at here.')
    }
    const principal = toPrincipal(claims, { tenantClaim: oauthTenantClaim })
    this.#checkScopes(claims)
    const until = Math.min(Date.now() + oauthRecheckMs, (claims.exp ?? 0) * 1000)
    if (this.#verified.size >= MOST_REMEMBERED) this.#verified.clear()
    this.#verified.set(hash, { principal, until })
    return principal
  }

  async #read(token: string): Promise<JWTPayload> {
    const { type, issuer } = readUnverified(token)
    if (type !== undefined && !TYPES.has(type.toLowerCase())) {
      throw new InvalidToken(`This is a token of type '${type}', not an access token.`)
    }
    const server = this.#servers.get(issuer ?? '')
    if (!server) throw new InvalidToken(`Access tokens of '${issuer ?? ''}' are not taken here.`)
    try {
      const { payload } = await jwtVerify(token, server.keyOf, {
        issuer: server.issuer,
        audience: this.#audiences,
        algorithms: ALGORITHMS,
        clockTolerance: this.#settings.oauthClockToleranceMs / 1000,
        requiredClaims: ['exp'],
      })
      return payload
    } catch (error) {
      // What jose throws of a key that cannot be used is of any kind.
      throw error instanceof AuthorizationServerAway ? error : new InvalidToken(this.#explain(error as Error))
    }
  }

  #explain(error: Error): string {
    if (error instanceof errors.JWTExpired) return 'The access token has expired.'
    if (error instanceof errors.JWTClaimValidationFailed && error.claim === 'aud') {
      return `The access token is not for this server: its audience must be ${this.#audiences.join(' or ')}.`
    }
    return `The access token cannot be verified: ${error.message}.`
  }

  /** `tasks:admin` includes the other scopes over tasks. */
  #checkScopes(claims: JWTPayload): void {
    const has = new Set(scopesIn(claims))
    const lacks = this.#settings.oauthScopes.filter(
      (scope) => !has.has(scope) && !(scope.startsWith('tasks:') && has.has('tasks:admin')),
    )
    if (lacks.length > 0) throw new InsufficientScope(`The access token lacks ${lacks.join(' and ')}.`)
  }
}

/** Anything may be in a token that nobody has verified. */
const UNVERIFIED = z.object({ type: z.string().optional(), issuer: z.string().optional() })

/** What says by whose keys a token is to be verified. @throws InvalidToken */
function readUnverified(token: string): z.infer<typeof UNVERIFIED> {
  try {
    return UNVERIFIED.parse({ type: decodeProtectedHeader(token).typ, issuer: decodeJwt(token).iss })
  } catch {
    throw new InvalidToken('This is no access token that can be read here (a JWT), nor a known API key.')
  }
}
