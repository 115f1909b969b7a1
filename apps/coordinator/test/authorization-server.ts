import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'

type Key = Awaited<ReturnType<typeof newKey>>
const newKey = async (kid: string) => ({ kid, ...(await generateKeyPair('ES256', { extractable: true })) })

export type TestAuthorizationServer = Awaited<ReturnType<typeof startAuthorizationServer>>

/**
 * An authorization server, as far as a resource server sees it: its metadata, its keys, and tokens that it signs.
 * @param path of its issuer, and where under its origin the metadata is
 */
export async function startAuthorizationServer({
  path = '',
  metadataPath = `/.well-known/oauth-authorization-server${path}`,
}: {
  readonly path?: string
  readonly metadataPath?: string
} = {}) {
  let keys: readonly Key[] = [await newKey('first')]
  let isAway = false
  const asked: string[] = []
  const odd = new Map<string, (response: ServerResponse) => unknown>()
  const server = createServer(async ({ url = '' }, response) => {
    asked.push(url)
    const answer = odd.get(url)
    if (answer) return answer(response)
    if (isAway) return response.writeHead(503).end()
    const known = {
      [metadataPath]: () => ({ issuer, jwks_uri: `${origin}/keys` }),
      '/keys': async () => ({
        keys: await Promise.all(keys.map(async ({ kid, publicKey }) => ({ ...(await exportJWK(publicKey)), kid }))),
      }),
    }[url]
    if (!known) return response.writeHead(404).end()
    return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(await known()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const issuer = `${origin}${path}`
  return {
    issuer,
    origin,
    /** The paths that it was asked for. */
    asked,
    /** A token for an hour, `claims` and `header` changed as said; undefined takes a claim away. */
    async token(claims: JWTPayload = {}, header: { readonly [name: string]: unknown } = {}): Promise<string> {
      const key = keys.at(-1)
      if (!key) throw new Error('It has no key.')
      const now = Math.floor(Date.now() / 1000)
      const payload = { iss: issuer, aud: RESOURCE, sub: 'ann', client_id: 'app', exp: now + 3600, iat: now, ...claims }
      return new SignJWT(payload)
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: key.kid, ...header })
        .sign(key.privateKey)
    },
    /** Signs with another key from now on. */
    async changeKey(kid: string): Promise<void> {
      keys = [...keys, await newKey(kid)]
    },
    /** Answers at a path otherwise from now on. */
    answerOddly: (url: string, answer: (response: ServerResponse) => unknown) => odd.set(url, answer),
    goAway: () => {
      isAway = true
    },
    comeBack: () => {
      isAway = false
    },
    close: () => new Promise((closed) => server.close(closed).closeAllConnections()),
  }
}

/** Where clients reach the coordinators of these tests, and what tokens are for. */
export const PUBLIC_URL = 'https://mcp.example.com'
export const RESOURCE = `${PUBLIC_URL}/mcp`
