import { fileURLToPath } from 'node:url'
import { type Stack, startStack, startTestStore } from '@longhaul/testbed'
import { auth } from '@modelcontextprotocol/client'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { exportJWK, exportPKCS8, generateKeyPair } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type LoginServer, startLoginServer } from './oauth/login-server.ts'
import { type Login, logIn } from './oauth/person.ts'
import { type ProtectedServer, startProtectedServer } from './oauth/protected-server.ts'
import { type TappedStore, tapStore } from './oauth/store-tap.ts'

const PROJECT = fileURLToPath(new URL('../fixtures/oauth-project', import.meta.url))
const TOKEN_SECONDS = 2
const SECRET = 'a-secret-of-the-nightly-job'

let login: LoginServer
let archive: ProtectedServer
let tapped: TappedStore
let stack: Stack
let client: Client
let key: string
let refreshToken: string
const logged: string[] = []

beforeAll(async () => {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  key = await exportPKCS8(privateKey)
  const machine = { grant_types: ['client_credentials'], redirect_uris: [], response_types: [] }
  const jwks = { keys: [await exportJWK(publicKey)] }
  const ann = logIn('ann')
  archive = await startProtectedServer(async (resource) => {
    login = await startLoginServer({
      resource,
      tokenSeconds: TOKEN_SECONDS,
      clients: [
        { ...machine, client_id: 'nightly', client_secret: SECRET },
        {
          client_id: 'desk',
          client_secret: SECRET,
          grant_types: ['authorization_code', 'refresh_token'],
          redirect_uris: [String(ann.provider.redirectUrl)],
        },
        { ...machine, client_id: 'weekly', token_endpoint_auth_method: 'private_key_jwt', jwks },
      ],
      fetch,
    })
    return login.issuer
  })
  refreshToken = await refreshTokenOf(ann)
  tapped = await tapStore(await startTestStore())
  stack = await startStack({
    project: PROJECT,
    coordinators: 1,
    workers: 1,
    store: tapped.store,
    env: {
      ARCHIVE_URL: archive.url,
      ARCHIVE_SECRET: SECRET,
      ARCHIVE_KEY: key,
      ARCHIVE_REFRESH_TOKEN: refreshToken,
      LOGIN_URL: login.issuer,
      LONGHAUL_LEASE_MS: '1000',
      LONGHAUL_LOG_LEVEL: 'debug',
    },
    onLine: (line) => logged.push(line),
  })
  client = new Client({ name: 'oauth-upstream', version: '1.0.0' })
  await client.connect(new StreamableHTTPClientTransport(stack.url()) as never)
}, 60_000)
afterAll(async () => {
  archive?.release()
  await client?.close()
  await stack?.stop()
  await Promise.all([archive?.close(), login?.close()])
})

/** What somebody with a browser hands over who has logged in with the client `desk`. */
async function refreshTokenOf({ provider, code, tokens }: Login): Promise<string> {
  await provider.saveClientInformation?.({ client_id: 'desk', client_secret: SECRET, issuer: login.issuer })
  await auth(provider, { serverUrl: archive.url })
  await auth(provider, { serverUrl: archive.url, authorizationCode: await code(), iss: login.issuer })
  return tokens()?.refresh_token ?? ''
}

const call = async (name: string) => JSON.stringify(await client.callTool({ name, arguments: {} }))
const callsOf = (tool: string) => archive.calls.filter((made) => made.tool === tool)

test.each([
  ['a secret', 'archive', 'nightly'],
  ['a signed assertion', 'signed', 'weekly'],
])('a worker logs in at a server of its project with %s, and for that server only', async (_what, server, clientId) => {
  expect(await call(`${server}__look`)).toContain(`for ${clientId}`)
  expect(callsOf('look').at(-1)?.claims).toMatchObject({
    client_id: clientId,
    aud: archive.url,
    scope: 'mcp',
  })
})

test('a worker calls a server in the name of somebody who has given it a refresh token', async () => {
  expect(await call('personal__look')).toContain('for desk')
  expect(callsOf('look').at(-1)?.claims).toMatchObject({ sub: 'ann', aud: archive.url })
})

test('a call that takes another scope gets that, too', async () => {
  expect(await call('archive__restricted')).toContain('for nightly')
  expect(callsOf('restricted').at(-1)?.claims.scope).toBe('mcp tasks:read')
})

test('a task whose token ends in the middle of it goes on with another', async () => {
  expect(await call('patient')).toContain('for nightly')
  const [first, second] = [callsOf('until_token_is_over').at(-1), callsOf('look').at(-1)]
  expect(second?.claims.iat).toBeGreaterThanOrEqual(first?.claims.exp ?? Number.POSITIVE_INFINITY)
})

test('a task whose worker is killed in a call goes on in another, which logs in for itself', async () => {
  const result = call('archive__hold')
  await archive.held(1)
  await stack.addWorker()
  await stack.workers[0]?.process.kill('SIGKILL')
  await archive.held(2)
  archive.release()
  expect(await result).toContain('for nightly')
  const [first, second] = callsOf('hold')
  expect(second?.token).not.toBe(first?.token)
})

test('no secret and no token was logged, or got into the store', () => {
  expect(archive.shown.size).toBeGreaterThan(3)
  const told = `${tapped.heard()}\n${logged.join('\n')}`
  expect(told).toContain('archive__hold')
  for (const secret of [SECRET, refreshToken, key.split('\n')[1] ?? '', ...archive.shown])
    expect(told).not.toContain(secret)
})
