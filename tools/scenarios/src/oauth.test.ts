import { fileURLToPath } from 'node:url'
import { type Stack, startStack } from '@longhaul/testbed'
import * as v2 from '@modelcontextprotocol/client'
import { ClientCredentialsProvider, PrivateKeyJwtProvider } from '@modelcontextprotocol/sdk/client/auth-extensions.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { exportJWK, exportPKCS8, generateKeyPair } from 'jose'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { type LoginServer, startLoginServer } from './oauth/login-server.ts'
import { logIn } from './oauth/person.ts'

const PROJECT = fileURLToPath(new URL('../fixtures/project', import.meta.url))
/** Where clients reach the coordinators; the tests go there by `route`. */
const PUBLIC_URL = 'https://mcp.example.com'
const ENDPOINT = new URL(`${PUBLIC_URL}/mcp`)
const CLIENT_DOCUMENT = 'https://app.example.com/client.json'
const TOKEN_SECONDS = 3
const SECRET = 'a-secret-of-the-nightly-job'

let login: LoginServer
let stack: Stack
let signingKey: string
/** What coordinators said of who did what. */
const audit: { readonly audit: string; readonly caller?: object }[] = []
const open: (Client | v2.Client)[] = []

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  signingKey = await exportPKCS8(privateKey)
  const machine = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }
  login = await startLoginServer({
    resource: ENDPOINT.href,
    tokenSeconds: TOKEN_SECONDS,
    clients: [
      { ...machine, client_id: 'nightly', client_secret: SECRET },
      {
        ...machine,
        client_id: 'weekly',
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [await exportJWK(publicKey)] },
      },
    ],
    fetch: async () => Response.json(clientDocument()),
  })
  stack = await startStack({
    project: PROJECT,
    workers: 1,
    env: {
      FIXTURE_NODE: process.execPath,
      LONGHAUL_PUBLIC_URL: PUBLIC_URL,
      LONGHAUL_OAUTH_ISSUERS: login.issuer,
      LONGHAUL_OAUTH_SCOPES: 'mcp',
      LONGHAUL_OAUTH_CLOCK_TOLERANCE_MS: '0',
      LONGHAUL_LOG_LEVEL: 'warn',
      LONGHAUL_AUDIT: 'changes',
    },
    onLine: (line) => (line.includes('"audit"') ? audit.push(JSON.parse(line)) : console.warn(line)),
  })
}, 60_000)
afterEach(async () => {
  await Promise.all(open.splice(0).map((client) => client.close()))
})
afterAll(async () => {
  await stack?.stop()
  await login?.close()
})

const clientDocument = () => ({
  ...logIn('').provider.clientMetadata,
  client_id: CLIENT_DOCUMENT,
  client_uri: 'https://app.example.com',
})

/** To the coordinators in turn, or to the authorization server. */
const route: typeof fetch = (input, init) =>
  new URL(input instanceof Request ? input.url : input).origin === PUBLIC_URL
    ? stack.roundRobin(input, init)
    : fetch(input, init)

/** The SDK's client, version 1, of somebody who logs in when it says so. */
async function connectV1(person: string, clientMetadataUrl?: string) {
  const { provider: authProvider, code, tokens } = logIn(person, clientMetadataUrl)
  const client = new Client({ name: 'oauth', version: '1.0.0' })
  const connect = () => {
    const transport = new StreamableHTTPClientTransport(ENDPOINT, { authProvider: authProvider as never, fetch: route })
    return { transport, connected: client.connect(transport) }
  }
  const { transport, connected } = connect()
  await expect(connected).rejects.toThrow('Unauthorized')
  await transport.finishAuth(await code())
  await connect().connected
  open.push(client)
  return { client, tokens }
}

/** The SDK's client, version 2, likewise. */
async function connectV2(person: string) {
  const { provider: authProvider, code, tokens } = logIn(person)
  const connect = () => {
    const client = new v2.Client({ name: 'oauth', version: '2.0.0' }, { versionNegotiation: { mode: 'auto' } })
    const transport = new v2.StreamableHTTPClientTransport(ENDPOINT, { authProvider, fetch: route })
    return { client, transport, connected: client.connect(transport) }
  }
  const { transport, connected } = connect()
  await expect(connected).rejects.toThrow()
  await transport.finishAuth(await code(), login.issuer)
  const { client, connected: again } = connect()
  await again
  open.push(client)
  return { client, tokens }
}

const greet = async (client: Client | v2.Client) => client.callTool({ name: 'greet', arguments: { name: 'you' } })
const claimsOf = (token = '') => JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())

const CHALLENGE = `resource_metadata="${PUBLIC_URL}/.well-known/oauth-protected-resource/mcp", scope="mcp"`
const send = (method: string, token?: string) =>
  route(ENDPOINT, {
    method,
    headers: { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
    ...(method === 'POST' && { body: 'no JSON' }),
  })

test('who shows no token is told where to get one and for which scopes, before all else [Z2 Z3 Z6 Z7 Z16]', async () => {
  for (const method of ['POST', 'GET', 'DELETE']) {
    const { status, headers } = await send(method)
    expect(status).toBe(401)
    expect(headers.get('www-authenticate')).toBe(`Bearer ${CHALLENGE}`)
  }
  const metadata = await route(`${PUBLIC_URL}/.well-known/oauth-protected-resource/mcp`)
  expect(await metadata.json()).toEqual({
    resource: ENDPOINT.href,
    resource_name: 'Longhaul',
    authorization_servers: [login.issuer],
    bearer_methods_supported: ['header'],
    scopes_supported: ['mcp'],
  })
})

test('a token that was changed, or lacks a scope, lets nobody in [Z3 Z4 Z6]', async () => {
  const { tokens } = await connectV1('ann')
  const [header, , signature] = tokens()?.access_token.split('.') ?? []
  const claims = { ...claimsOf(tokens()?.access_token), sub: 'ben' }
  const changed = [header, Buffer.from(JSON.stringify(claims)).toString('base64url'), signature].join('.')
  const refused = await send('POST', changed)
  expect(refused.status).toBe(401)
  expect(refused.headers.get('www-authenticate')).toBe(`Bearer error="invalid_token", ${CHALLENGE}`)
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: 'nightly',
    client_secret: SECRET,
    resource: ENDPOINT.href,
    scope: 'tasks:read',
  })
  const lesser = await (await fetch(`${login.issuer}/token`, { method: 'POST', body })).json()
  const { status, headers } = await send('POST', (lesser as { readonly access_token: string }).access_token)
  expect(status).toBe(403)
  expect(headers.get('www-authenticate')).toBe(`Bearer error="insufficient_scope", ${CHALLENGE}`)
})

test('a client of 2025-03-26 is led to the authorization server, and a page may read where it is [Z14 Z15]', async () => {
  const found = await route(`${PUBLIC_URL}/.well-known/oauth-authorization-server`)
  expect(found.redirected).toBe(true)
  expect(await found.json()).toMatchObject({ issuer: login.issuer, code_challenge_methods_supported: ['S256'] })
  const metadata = await route(`${PUBLIC_URL}/.well-known/oauth-protected-resource`)
  expect(metadata.headers.get('access-control-allow-origin')).toBe('*')
})

test('version 1 of the SDK finds out where to log in, and does [Z2 Z3 Z11]', async () => {
  const { client, tokens } = await connectV1('ann')
  expect(JSON.stringify(await greet(client))).toContain('you')
  expect(claimsOf(tokens()?.access_token)).toMatchObject({ sub: 'ann', aud: ENDPOINT.href, scope: 'mcp' })
  expect(login.asked).toContain('POST /reg')
})

test('version 2 does so, too, and speaks the newer era [Z2 Z3 Z16]', async () => {
  const { client } = await connectV2('ann')
  expect(client.getNegotiatedProtocolVersion()).toBe('2026-07-28')
  expect(JSON.stringify(await greet(client))).toContain('you')
})

test('a client with a metadata document is registered nowhere [Z10]', async () => {
  const before = login.asked.length
  const { client, tokens } = await connectV1('ann', CLIENT_DOCUMENT)
  expect(JSON.stringify(await greet(client))).toContain('you')
  expect(claimsOf(tokens()?.access_token).client_id).toBe(CLIENT_DOCUMENT)
  expect(login.asked.slice(before)).not.toContain('POST /reg')
})

test('a task is seen by its owner from another client, and by nobody else, and outlives their token [Z8 Z9]', async () => {
  const [ann, again, ben] = await Promise.all([connectV1('ann'), connectV1('ann', CLIENT_DOCUMENT), connectV1('ben')])
  const stream = ann.client.experimental.tasks.callToolStream({ name: 'slow', arguments: { ms: 1 } }, undefined, {
    task: {},
  })
  const { value } = await stream.next()
  if (value?.type !== 'taskCreated') throw new Error(`It began with ${JSON.stringify(value)}.`)
  const { taskId } = value.task
  await expect(ben.client.experimental.tasks.getTask(taskId)).rejects.toThrow('-32602')
  await expect(again.client.experimental.tasks.getTask(taskId)).resolves.toMatchObject({ taskId })
  const token = ann.tokens()?.access_token
  await expect.poll(() => Date.now() / 1000 > claimsOf(token).exp, { timeout: 10_000, interval: 100 }).toBe(true)
  await expect(ann.client.experimental.tasks.getTask(taskId)).resolves.toMatchObject({ taskId })
  expect(ann.tokens()?.access_token).not.toBe(token)
})

test.each([
  [
    'a secret',
    () =>
      new ClientCredentialsProvider({
        clientId: 'nightly',
        clientSecret: SECRET,
        scope: 'mcp',
        expectedIssuer: login.issuer,
      }),
  ],
  [
    'a signed assertion',
    () =>
      new PrivateKeyJwtProvider({
        clientId: 'weekly',
        privateKey: signingKey,
        algorithm: 'ES256',
        scope: 'mcp',
        expectedIssuer: login.issuer,
      }),
  ],
])('a client that acts for itself logs in with %s [Z12]', async (_what, provider) => {
  const client = new Client({ name: 'machine', version: '1.0.0' })
  const authProvider = provider()
  await client.connect(new StreamableHTTPClientTransport(ENDPOINT, { authProvider, fetch: route }) as never)
  open.push(client)
  expect(JSON.stringify(await greet(client))).toContain('you')
  expect(claimsOf(authProvider.tokens()?.access_token).client_id).toMatch(/nightly|weekly/)
})

test('who did what is said with their issuer and client, and so is who was turned away [T44]', async () => {
  const { client, tokens } = await connectV1('dora', CLIENT_DOCUMENT)
  await greet(client)
  const caller = { issuer: login.issuer, subject: 'dora', clientId: CLIENT_DOCUMENT }
  await expect
    .poll(() => audit, { timeout: 10_000 })
    .toContainEqual(expect.objectContaining({ audit: 'submit', tool: 'greet', caller }))
  expect(audit).toContainEqual(expect.objectContaining({ audit: 'denied', status: 401, ip: '127.0.0.1' }))
  expect(JSON.stringify(audit)).not.toContain(tokens()?.access_token.split('.')[2])
})
