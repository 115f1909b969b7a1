import { generateKeyPairSync, sign } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { startTestStore, type TestStore } from '@longhaul/testbed'
import { type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  PUBLIC_URL,
  RESOURCE,
  startAuthorizationServer,
  type TestAuthorizationServer,
} from '../../test/authorization-server.ts'
import { openCoordinator, openWorker, type TestCoordinator, type TestWorker } from '../../test/coordinator.ts'
import { ModernClient } from '../../test/modern-client.ts'

const KEY = 'correct-horse-battery'
const PING = { jsonrpc: '2.0', id: 1, method: 'ping' }
/** Of MCP, and of the HTTP API. */
const AUDIENCES = `${RESOURCE} or ${PUBLIC_URL}/v1`
const METADATA_URL = `${PUBLIC_URL}/.well-known/oauth-protected-resource/mcp`

let store: TestStore
let login: TestAuthorizationServer
let worker: TestWorker
let coordinator: TestCoordinator
const oauth = (changed: object = {}) => ({ publicUrl: PUBLIC_URL, oauthIssuers: [login.issuer], ...changed })
beforeAll(async () => {
  ;[store, login] = await Promise.all([startTestStore(), startAuthorizationServer()])
  worker = await openWorker(store.url)
  coordinator = await openCoordinator(store.url, oauth({ apiKeys: [`anna=${KEY}`] }))
})
afterAll(async () => {
  await Promise.all([coordinator.close(), worker.close(), login.close()])
  await store.stop()
})

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
/** A request that needs nothing else. */
const enter = (headers: { readonly authorization: string }, { address }: { readonly address: string } = coordinator) =>
  new ModernClient(address).ask('server/discover', {}, { headers })
/** What a request with the token of these claims is answered. */
async function knock(claims: JWTPayload = {}, header: object = {}, at = coordinator) {
  const { status, body, headers } = await enter(bearer(await login.token(claims, { ...header })), at)
  return { status, message: body.error?.message, challenge: headers['www-authenticate'] }
}
const LET_IN = { status: 200, message: undefined, challenge: undefined }

describe('where to get a token', () => {
  test.each(['GET', 'POST', 'DELETE'])('is said to who shows none, for %s [Z2 Z3 Z16]', async (method) => {
    const answer = await coordinator.call({ method, ...(method === 'POST' && { body: 'no JSON' }) })
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toBe(`Bearer resource_metadata="${METADATA_URL}"`)
    expect(answer.body.error.message).toBe(
      `Send an access token: Authorization: Bearer TOKEN. Who gives one is at ${METADATA_URL}.`,
    )
  })

  test('is metadata that everybody may read, under the path of the endpoint and at the root [Z2 Z15]', async () => {
    const paths = ['/.well-known/oauth-protected-resource/mcp', '/.well-known/oauth-protected-resource']
    const answers = await Promise.all(paths.map((path) => coordinator.call({ method: 'GET', path })))
    for (const { status, headers, body } of answers) {
      expect(status).toBe(200)
      expect(headers['access-control-allow-origin']).toBe('*')
      expect(body).toEqual({
        resource: RESOURCE,
        resource_name: 'Longhaul',
        authorization_servers: [login.issuer],
        bearer_methods_supported: ['header'],
      })
    }
  })

  test('is the place that the public URL has before the endpoint, too', async () => {
    const publicUrl = 'https://example.com/long/'
    const at = await openCoordinator(store.url, oauth({ publicUrl }))
    const path = '/.well-known/oauth-protected-resource/long/mcp'
    const { headers } = await at.call({ body: PING })
    expect(headers['www-authenticate']).toBe(`Bearer resource_metadata="https://example.com${path}"`)
    expect((await at.call({ method: 'GET', path })).body.resource).toBe('https://example.com/long/mcp')
    await at.close()
  })

  test('leads clients of 2025-03-26 to the authorization server [Z14]', async () => {
    const { status, headers } = await coordinator.call({
      method: 'GET',
      path: '/.well-known/oauth-authorization-server',
    })
    expect(status).toBe(302)
    expect(headers.location).toBe(`${login.issuer}/.well-known/oauth-authorization-server`)
  })

  test('is another for HTTP+SSE, whose tokens are as good', async () => {
    const at = await openCoordinator(store.url, oauth({ httpSse: 'on' }))
    const metadata = '/.well-known/oauth-protected-resource/sse'
    for (const { method, path } of [
      { method: 'GET', path: '/sse' },
      { method: 'POST', path: '/messages' },
    ]) {
      const { headers } = await at.call({ method, path })
      expect(headers['www-authenticate']).toBe(`Bearer resource_metadata="${PUBLIC_URL}${metadata}"`)
    }
    expect((await at.call({ method: 'GET', path: metadata })).body.resource).toBe(`${PUBLIC_URL}/sse`)
    const token = await login.token({ aud: `${PUBLIC_URL}/sse` })
    expect((await enter(bearer(token), at)).status).toBe(200)
    await at.close()
  })

  test('is another for the HTTP API, whose tokens are as good', async () => {
    const metadata = '/.well-known/oauth-protected-resource/v1'
    const { headers, status } = await coordinator.call({ method: 'GET', path: '/v1/tasks' })
    expect(status).toBe(401)
    expect(headers['www-authenticate']).toBe(`Bearer resource_metadata="${PUBLIC_URL}${metadata}"`)
    expect((await coordinator.call({ method: 'GET', path: metadata })).body.resource).toBe(`${PUBLIC_URL}/v1`)
    for (const aud of [`${PUBLIC_URL}/v1`, RESOURCE]) {
      const allowed = bearer(await login.token({ aud }))
      expect((await coordinator.call({ method: 'GET', path: '/v1/tasks', headers: allowed })).status).toBe(200)
    }
  })

  test('is not said of a host that is not ours', async () => {
    const headers = { host: 'evil.example' }
    const path = '/.well-known/oauth-protected-resource'
    expect((await coordinator.call({ method: 'GET', path, headers })).status).toBe(403)
  })

  test('may be asked for by pages, with the headers that clients send', async () => {
    for (const path of ['oauth-protected-resource/mcp', 'oauth-protected-resource', 'oauth-authorization-server']) {
      const headers = { origin: 'https://app.example', 'access-control-request-headers': 'mcp-protocol-version' }
      const answer = await coordinator.call({ method: 'OPTIONS', path: `/.well-known/${path}`, headers })
      expect(answer).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': '*' } })
      expect(answer.headers['access-control-allow-headers']).toContain('mcp-protocol-version')
    }
  })

  test('is said to clients that act for themselves, too: discovery names their extension [Z12]', async () => {
    const { body } = await enter(bearer(KEY))
    expect(body.result.capabilities.extensions).toEqual({
      'io.modelcontextprotocol/tasks': {},
      'io.modelcontextprotocol/oauth-client-credentials': {},
    })
  })

  test('is nowhere where no tokens are taken', async () => {
    const at = await openCoordinator(store.url)
    expect((await at.call({ method: 'GET', path: '/.well-known/oauth-protected-resource' })).status).toBe(404)
    await at.close()
  })
})

describe('a token', () => {
  test('lets in, however its scheme is written, and so does an API key', async () => {
    expect(await knock()).toEqual(LET_IN)
    const token = await login.token()
    for (const authorization of [`bearer ${token}`, `BEARER  ${token}`, `Bearer ${KEY}`]) {
      expect((await enter({ authorization })).status).toBe(200)
    }
  })

  test.each<[string, JWTPayload]>([
    ['for several audiences', { aud: ['https://other.example', RESOURCE] }],
    ['of a client with a metadata document', { client_id: 'https://app.example/client.json' }],
    ['of a client that acts for itself', { sub: 'app', client_id: 'app' }],
    ['that names no client', { client_id: undefined }],
    ['whose server is some seconds ahead', { nbf: Math.floor(Date.now() / 1000) + 3 }],
  ])('%s lets in', async (_what, claims) => {
    expect(await knock(claims)).toEqual(LET_IN)
  })

  test.each([undefined, 'JWT', 'application/at+jwt', 'AT+JWT'])('of the type %s lets in', async (typ) => {
    expect(await knock({}, { typ })).toEqual(LET_IN)
  })

  const refused = (message: string) => ({
    status: 401,
    message,
    challenge: `Bearer error="invalid_token", resource_metadata="${METADATA_URL}"`,
  })
  test.each<[string, JWTPayload]>([
    [`The access token is not for this server: its audience must be ${AUDIENCES}.`, { aud: 'https://other.example' }],
    [`The access token is not for this server: its audience must be ${AUDIENCES}.`, { aud: `${RESOURCE}/` }],
    [`The access token is not for this server: its audience must be ${AUDIENCES}.`, { aud: undefined }],
    ['The access token has expired.', { exp: 1 }],
    ['The access token cannot be verified: missing required "exp" claim.', { exp: undefined }],
    [
      'The access token cannot be verified: "nbf" claim timestamp check failed.',
      { nbf: Math.floor(Date.now() / 1000) + 60 },
    ],
    ["Access tokens of 'https://evil.example' are not taken here.", { iss: 'https://evil.example' }],
    ["Access tokens of '' are not taken here.", { iss: undefined }],
    ['The access token names neither a subject nor a client.', { sub: undefined, client_id: undefined }],
    [
      'The access token is bound to a key of its client (cnf), which is not looked at here.',
      { cnf: { jkt: 'thumbprint' } },
    ],
  ])('is refused: %s [Z4]', async (message, claims) => {
    expect(await knock(claims)).toEqual(refused(message))
  })

  test.each<[string, JWTPayload]>([
    ['sub', { sub: 7 as never }],
    ['sub', { sub: '' }],
    ['sub', { sub: ['ann'] as never }],
    ['client_id', { sub: undefined, client_id: { name: 'app' } }],
  ])('whose %s is no text is of nobody, and not of its client', async (name, claims) => {
    expect(await knock(claims)).toEqual(refused(`The claim ${name} of the access token is no text, or an empty one.`))
  })

  test.each<[JWTPayload, object]>([
    [{ iss: { toString: 1 } as never }, {}],
    [{ iss: 7 as never }, {}],
    [{}, { typ: 7 }],
    [{}, { typ: { toLowerCase: 1 } }],
  ])('that says of what kind it is in no text is refused: %j %j', async (claims, header) => {
    const message = 'This is no access token that can be read here (a JWT), nor a known API key.'
    expect(await knock(claims, header)).toEqual(refused(message))
  })

  test.each(['oauth-id-jag+jwt', 'id_token+jwt', 'dpop+jwt', 'logout+jwt'])(
    'of the type %s is none to call with [Z13]',
    async (typ) => {
      expect(await knock({}, { typ })).toEqual(refused(`This is a token of type '${typ}', not an access token.`))
    },
  )

  test.each(['a', 'a.b', 'a.b.c', 'e30.e30.', '..'])('that is no token is refused: %j', async (token) => {
    const { status, body } = await enter(bearer(token))
    expect(status).toBe(401)
    expect(body.error.message).toMatch(/^This is no access token that can be read here|^Access tokens of '' are not/)
  })

  test('that somebody else signed is refused', async () => {
    const other = await startAuthorizationServer()
    const forged = await other.token({ iss: login.issuer })
    const { status, body } = await enter(bearer(forged))
    expect(status).toBe(401)
    expect(body.error.message).toBe('The access token cannot be verified: signature verification failed.')
    await other.close()
  })

  test('that is not signed, or with the public key as a secret, is refused', async () => {
    const [, payload = ''] = (await login.token()).split('.')
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`
    const keys = await (await fetch(`${login.origin}/keys`)).text()
    const secret = new TextEncoder().encode(keys)
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString())
    const confused = await new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'first' }).sign(secret)
    for (const token of [none, confused]) {
      const { status, body } = await enter(bearer(token))
      expect(status).toBe(401)
      expect(body.error.message).toContain('"alg" (Algorithm) Header Parameter value not allowed')
    }
  })

  test('in the query is not looked at [Z4]', async () => {
    const path = `/mcp?access_token=${await login.token()}`
    expect((await coordinator.call({ path, body: PING })).status).toBe(401)
  })

  test('lets in until its end, although it was verified before', async () => {
    const at = await openCoordinator(store.url, oauth({ oauthClockToleranceMs: 0 }))
    const headers = bearer(await login.token({ exp: Math.floor(Date.now() / 1000) + 2 }))
    expect((await enter(headers, at)).status).toBe(200)
    await expect.poll(async () => (await enter(headers, at)).status, { timeout: 10_000 }).toBe(401)
    await at.close()
  })

  test('is in no log, nor in the store', async () => {
    const token = await login.token()
    const session = await coordinator.initialize({ headers: bearer(token) })
    await session.createTask('look')
    await enter(bearer(`${token}x`))
    expect(coordinator.log.join('\n')).not.toContain(token.slice(-20))
    const stored = await worker.stored()
    expect(stored).toContain('\\"subject\\":\\"ann\\"')
    expect(stored).not.toContain(token.slice(-20))
  })
})

describe('scopes', () => {
  test('that all must have are named in one challenge, and in the metadata [Z3 Z6 Z7]', async () => {
    const at = await openCoordinator(store.url, oauth({ oauthScopes: ['mcp', 'tasks:read'] }))
    const challenge = `Bearer error="insufficient_scope", resource_metadata="${METADATA_URL}", scope="mcp tasks:read"`
    expect(await knock({}, {}, at)).toEqual({
      status: 403,
      message: 'The access token lacks mcp and tasks:read.',
      challenge,
    })
    expect(await knock({ scope: 'mcp other' }, {}, at)).toEqual({
      status: 403,
      message: 'The access token lacks tasks:read.',
      challenge,
    })
    for (const claims of [{ scope: 'tasks:read mcp' }, { scp: ['mcp', 'tasks:read'] }, { scope: 'mcp tasks:admin' }]) {
      expect(await knock(claims, {}, at)).toEqual(LET_IN)
    }
    const { headers } = await at.call({ body: PING })
    expect(headers['www-authenticate']).toBe(`Bearer resource_metadata="${METADATA_URL}", scope="mcp tasks:read"`)
    const path = '/.well-known/oauth-protected-resource'
    expect((await at.call({ method: 'GET', path })).body.scopes_supported).toEqual(['mcp', 'tasks:read'])
    await at.close()
  })
})

describe('a task', () => {
  const open = async (claims: JWTPayload, at = coordinator) =>
    at.initialize({ headers: bearer(await login.token(claims)) })
  const errorOf = async (session: Awaited<ReturnType<typeof open>>, taskId: string) =>
    (await session.request('tasks/get', { taskId })).body.error?.code

  test('is its subject’s, whichever client they use, and nobody else’s [Z8]', async () => {
    const taskId = await (await open({ sub: 'ann', client_id: 'desktop' })).createTask('look')
    expect(await errorOf(await open({ sub: 'ann', client_id: 'phone' }), taskId)).toBeUndefined()
    expect(await errorOf(await open({ sub: 'ben', client_id: 'desktop' }), taskId)).toBe(-32602)
    const other = await startAuthorizationServer()
    const at = await openCoordinator(store.url, oauth({ oauthIssuers: [other.issuer] }))
    const namesake = await at.initialize({ headers: bearer(await other.token({ sub: 'ann' })) })
    expect(await errorOf(namesake, taskId)).toBe(-32602)
    await Promise.all([at.close(), other.close()])
  })

  test('is its client’s where the token is of nobody else [Z12]', async () => {
    const taskId = await (await open({ sub: undefined, client_id: 'nightly' })).createTask('look')
    expect(await errorOf(await open({ sub: 'nightly', client_id: 'nightly' }), taskId)).toBeUndefined()
    expect(await errorOf(await open({ sub: undefined, client_id: undefined, azp: 'weekly' }), taskId)).toBe(-32602)
  })

  test('of somebody else is there for scopes of tokens, within the tenant [Z9]', async () => {
    const at = await openCoordinator(store.url, oauth({ oauthTenantClaim: 'org_id' }))
    const taskId = await (await open({ sub: 'ann', org_id: 'acme' }, at)).createTask('look')
    const reader = { sub: 'carol', scope: 'tasks:read' }
    expect(await errorOf(await open({ ...reader, org_id: 'acme' }, at), taskId)).toBeUndefined()
    expect(await errorOf(await open({ ...reader, org_id: 'other' }, at), taskId)).toBe(-32602)
    expect(await errorOf(await open({ sub: 'carol', org_id: 'acme' }, at), taskId)).toBe(-32602)
    expect((await knock(reader, {}, at)).message).toBe('The access token names no tenant: it has no claim org_id.')
    const message = 'The claim org_id of the access token is no text, or an empty one.'
    expect((await knock({ ...reader, org_id: ['acme'] }, {}, at)).message).toBe(message)
    await at.close()
  })
})

describe('an authorization server', () => {
  test.each([
    { path: '/tenant', metadataPath: '/.well-known/openid-configuration/tenant' },
    { path: '/tenant/', metadataPath: '/tenant/.well-known/openid-configuration' },
    { path: '/', metadataPath: '/.well-known/oauth-authorization-server' },
  ])('is found by its issuer: $path at $metadataPath', async (places) => {
    const server = await startAuthorizationServer(places)
    const at = await openCoordinator(store.url, oauth({ oauthIssuers: [server.issuer] }))
    expect((await enter(bearer(await server.token()), at)).status).toBe(200)
    await Promise.all([at.close(), server.close()])
  })

  test('that changes its key is asked for it', async () => {
    const server = await startAuthorizationServer()
    const at = await openCoordinator(store.url, oauth({ oauthIssuers: [server.issuer], oauthKeysMinAgeMs: 0 }))
    const old = await server.token()
    expect((await enter(bearer(old), at)).status).toBe(200)
    await server.changeKey('second')
    expect((await enter(bearer(await server.token()), at)).status).toBe(200)
    expect((await enter(bearer(old), at)).status).toBe(200)
    await Promise.all([at.close(), server.close()])
  })

  test('is asked when a coordinator starts, and not for each token, nor for each key that nobody knows', async () => {
    const server = await startAuthorizationServer()
    const at = await openCoordinator(store.url, oauth({ oauthIssuers: [server.issuer] }))
    const { asked } = server
    await expect.poll(() => asked, { timeout: 10_000 }).toEqual(['/.well-known/oauth-authorization-server', '/keys'])
    for (const kid of ['first', 'unknown', 'unheard-of']) {
      const { status } = await enter(bearer(await server.token({ sub: kid }, { kid })), at)
      expect(status).toBe(kid === 'first' ? 200 : 401)
    }
    expect(asked).toHaveLength(2)
    await Promise.all([at.close(), server.close()])
  })

  test('that is away is not asked for each token either; who comes meanwhile may try again, and one line is logged', async () => {
    const server = await startAuthorizationServer()
    server.goAway()
    const at = await openCoordinator(store.url, oauth({ oauthIssuers: [server.issuer] }))
    for (const sub of ['ann', 'ben', 'carol']) {
      const answer = await enter(bearer(await server.token({ sub })), at)
      expect(answer.status).toBe(503)
      expect(answer.headers['retry-after']).toBe('10')
      expect(answer.body.error.message).toBe(
        'The authorization server cannot be asked for the keys of this token. Try again in some seconds.',
      )
    }
    expect((await at.call({ method: 'GET', path: '/v1/tools', headers: bearer(await server.token()) })).status).toBe(
      503,
    )
    const path = '/.well-known/oauth-authorization-server'
    const { status, headers } = await at.call({ method: 'GET', path })
    expect({ status, cached: headers['cache-control'] }).toEqual({ status: 503, cached: 'no-store' })
    expect(server.asked).toEqual([path, '/.well-known/openid-configuration'])
    expect(at.log.filter((line) => JSON.parse(line).level >= 50)).toEqual([])
    const warnings = at.log.filter((line) => line.includes('cannot be asked: its tokens cannot be verified'))
    expect(warnings).toEqual([expect.stringContaining('status 503')])
    await Promise.all([at.close(), server.close()])
  })

  test('that was away at first is asked again', async () => {
    const server = await startAuthorizationServer()
    server.goAway()
    const at = await openCoordinator(store.url, oauth({ oauthIssuers: [server.issuer], oauthKeysMinAgeMs: 0 }))
    const headers = bearer(await server.token())
    expect((await enter(headers, at)).status).toBe(503)
    server.comeBack()
    await expect.poll(async () => (await enter(headers, at)).status, { timeout: 10_000 }).toBe(200)
    await Promise.all([at.close(), server.close()])
  })

  test.each<[string, string, (response: ServerResponse) => unknown]>([
    ['that leads elsewhere', 'status 302', (response) => response.writeHead(302, { location: '/there' }).end()],
    ['that hangs in the middle of its answer', 'aborted due to timeout', (response) => response.write('{')],
    ['that answers without end', 'more than 1048576 bytes', (response) => response.end(' '.repeat(1_100_000))],
    ['that answers with a page', 'is not valid JSON', (response) => response.end('<!doctype html>')],
    [
      'whose keys come over a line that others write to',
      "its jwks_uri 'http://keys.example/' is no",
      (response) =>
        response.end(
          JSON.stringify({ issuer: `http://${response.req.headers.host}`, jwks_uri: 'http://keys.example/' }),
        ),
    ],
    [
      'whose keys are none',
      'JSON Web Key Set malformed',
      (response) =>
        response.end(
          JSON.stringify({
            issuer: `http://${response.req.headers.host}`,
            jwks_uri: `http://${response.req.headers.host}/.well-known/oauth-authorization-server`,
          }),
        ),
    ],
  ])('%s is away', async (_what, reason, answer) => {
    const server = await startAuthorizationServer()
    server.answerOddly('/.well-known/oauth-authorization-server', answer)
    const settings = oauth({ oauthIssuers: [server.issuer], oauthTimeoutMs: 1000 })
    const at = await openCoordinator(store.url, settings)
    expect((await enter(bearer(await server.token()), at)).status).toBe(503)
    expect(at.log.join('\n')).toContain(reason)
    await Promise.all([at.close(), server.close()])
  })

  test('whose key is too weak lets nobody in', async () => {
    const server = await startAuthorizationServer()
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const keys = [{ ...publicKey.export({ format: 'jwk' }), kid: 'weak' }]
    server.answerOddly('/keys', (response) => response.end(JSON.stringify({ keys })))
    const at = await openCoordinator(store.url, oauth({ oauthIssuers: [server.issuer] }))
    const [, payload = ''] = (await server.token()).split('.')
    const signed = `${Buffer.from('{"alg":"RS256","kid":"weak"}').toString('base64url')}.${payload}`
    const signature = sign('sha256', Buffer.from(signed), privateKey).toString('base64url')
    const { status, body } = await enter(bearer(`${signed}.${signature}`), at)
    expect({ status, message: body.error.message }).toEqual({
      status: 401,
      message: expect.stringContaining('2048 bits or larger'),
    })
    await Promise.all([at.close(), server.close()])
  })

  test('that goes away later is missed by nobody whose key is known', async () => {
    const server = await startAuthorizationServer()
    const settings = oauth({ oauthIssuers: [server.issuer], oauthKeysMaxAgeMs: 1, oauthKeysMinAgeMs: 0 })
    const at = await openCoordinator(store.url, settings)
    const knockAs = async (sub: string) => (await enter(bearer(await server.token({ sub })), at)).status
    expect(await knockAs('ann')).toBe(200)
    server.goAway()
    await expect
      .poll(
        async () => {
          expect(await knockAs('ann')).toBe(200)
          return at.log.some((line) => line.includes('its keys of before serve on'))
        },
        { timeout: 10_000 },
      )
      .toBe(true)
    server.comeBack()
    await expect
      .poll(
        async () => {
          await knockAs('ann')
          return at.log.some((line) => line.includes('the authorization server is there'))
        },
        { timeout: 10_000 },
      )
      .toBe(true)
    await Promise.all([at.close(), server.close()])
  })

  test('whose metadata names another issuer is not trusted', async () => {
    const server = await startAuthorizationServer({
      path: '/a',
      metadataPath: '/.well-known/oauth-authorization-server/b',
    })
    const issuer = `${server.origin}/b`
    const at = await openCoordinator(store.url, oauth({ oauthIssuers: [issuer] }))
    expect((await enter(bearer(await server.token({ iss: issuer })), at)).status).toBe(503)
    expect(at.log.join('\n')).toContain(`its issuer is '${server.issuer}'; write it so in LONGHAUL_OAUTH_ISSUERS`)
    await Promise.all([at.close(), server.close()])
  })
})

describe('settings', () => {
  test.each(['http://login.example.com', 'login.example.com', 'https://login.example.com/?x=1', 'ftp://a'])(
    'name no issuer %s',
    async (issuer) => {
      await expect(openCoordinator(store.url, oauth({ oauthIssuers: [issuer] }))).rejects.toThrow(
        `LONGHAUL_OAUTH_ISSUERS: '${issuer}' is no https:// URL of an issuer`,
      )
    },
  )

  test('say for which address tokens are', async () => {
    await expect(openCoordinator(store.url, oauth({ publicUrl: '' }))).rejects.toThrow(
      'LONGHAUL_OAUTH_ISSUERS needs LONGHAUL_PUBLIC_URL: an access token is made for one address.',
    )
  })

  test('say an address whose line nobody else can read', async () => {
    await expect(openCoordinator(store.url, oauth({ publicUrl: 'http://mcp.example.com' }))).rejects.toThrow(
      "LONGHAUL_PUBLIC_URL: with LONGHAUL_OAUTH_ISSUERS it has to be an https:// URL, and 'http://mcp.example.com' is none",
    )
  })

  test.each(['mcp tasks:read', 'm"cp', 'mcp\\', 'größe'])('name no scope %j', async (scope) => {
    await expect(openCoordinator(store.url, oauth({ oauthScopes: ['mcp', scope] }))).rejects.toThrow(
      `LONGHAUL_OAUTH_SCOPES: '${scope}' is no scope; separate scopes by commas`,
    )
  })

  test('name audiences that are no address', async () => {
    const at = await openCoordinator(store.url, oauth({ oauthAudiences: ['api://longhaul'] }))
    expect(await knock({ aud: 'api://longhaul' }, {}, at)).toEqual(LET_IN)
    expect((await knock({ aud: 'api://other' }, {}, at)).message).toBe(
      `The access token is not for this server: its audience must be ${AUDIENCES} or api://longhaul.`,
    )
    await at.close()
  })
})
