import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair } from 'jose'
import { Provider } from 'oidc-provider'

/** Scopes that it gives for the coordinators. */
const SCOPES = ['mcp', 'tasks:read']
/** How long all else that it gives is good, in seconds. */
const TTL_SECONDS = 600

export interface LoginServer {
  readonly issuer: string
  /** What it was asked, each as method and path, without its query. */
  readonly asked: readonly string[]
  close(): Promise<unknown>
}

export interface LoginServerOptions {
  /** URL of the MCP endpoint: no token is for anything else. */
  readonly resource: string
  /** Clients that are known beforehand, as OpenID Connect registers them. */
  readonly clients: readonly object[]
  /** How long an access token is good, in seconds. */
  readonly tokenSeconds: number
  /** Reads a document of a client, at its https URL. */
  readonly fetch: typeof fetch
}

/**
 * An authorization server of this machine, where nobody has to type: who logs in is the `login_hint` of the request, and
 * they agree to all that their client asks for.
 */
export async function startLoginServer({
  resource,
  clients,
  tokenSeconds,
  fetch,
}: LoginServerOptions): Promise<LoginServer> {
  const asked: string[] = []
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { privateKey } = await generateKeyPair('ES256', { extractable: true })
  const resourceServer = {
    scope: SCOPES.join(' '),
    accessTokenFormat: 'jwt',
    accessTokenTTL: tokenSeconds,
    jwt: { sign: { alg: 'ES256' } },
  }
  const provider = new Provider(issuer, {
    clients,
    fetch,
    scopes: SCOPES,
    ttl: {
      AccessToken: tokenSeconds,
      ClientCredentials: tokenSeconds,
      Grant: TTL_SECONDS,
      Interaction: TTL_SECONDS,
      RefreshToken: TTL_SECONDS,
      Session: TTL_SECONDS,
    },
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig' }] },
    cookies: { keys: ['of-this-run'] },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    clientAuthMethods: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    findAccount: (_ctx: unknown, accountId: string) => ({ accountId, claims: () => ({ sub: accountId }) }),
    interactions: { url: (_ctx: unknown, { uid }: { readonly uid: string }) => `/interaction/${uid}` },
    issueRefreshToken: () => true,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      registration: { enabled: true },
      clientIdMetadataDocument: { enabled: true, ack: 'draft-02' },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_ctx: unknown, wanted: string) => {
          if (wanted !== resource) throw new Error(`There is no resource ${wanted}.`)
          return resourceServer
        },
      },
    },
  })
  const serve = provider.callback()
  server.on('request', async (request, response) => {
    asked.push(`${request.method} ${new URL(request.url ?? '', issuer).pathname}`)
    if (!request.url?.startsWith('/interaction/')) return serve(request, response)
    const { params } = await provider.interactionDetails(request, response)
    const accountId = params.login_hint ?? 'nobody'
    const grant = new provider.Grant({ accountId, clientId: params.client_id })
    const scope = params.scope ?? SCOPES.join(' ')
    grant.addOIDCScope(scope)
    grant.addResourceScope(resource, scope)
    const consent = { grantId: await grant.save() }
    await provider.interactionFinished(request, response, { login: { accountId }, consent })
  })
  return { issuer, asked, close: () => new Promise((closed) => server.close(closed).closeAllConnections()) }
}
