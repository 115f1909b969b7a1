import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readSettings } from '@longhaul/task'
import { expect, onTestFinished, test } from 'vitest'
import { checkCallers } from './check-callers.ts'

/** An authorization server that says where its keys are, and has none yet. */
async function startIssuer(): Promise<string> {
  const server = createServer(({ url }, response) => {
    const known = {
      '/.well-known/oauth-authorization-server': { issuer, jwks_uri: `${issuer}/keys` },
      '/keys': { keys: [] },
    }
    const body = Object.entries(known).find(([path]) => path === url)?.[1]
    response.writeHead(body ? 200 : 404).end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close().closeAllConnections())
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return issuer
}

const check = (env: NodeJS.ProcessEnv) => checkCallers(readSettings(env))
const PUBLIC = { LONGHAUL_PUBLIC_URL: 'https://mcp.example.com' }

test('keys and authorization servers are looked at, and said', async () => {
  expect(await check({})).toEqual([])
  const issuer = await startIssuer()
  const env = { ...PUBLIC, LONGHAUL_API_KEYS: 'ann=correct-horse-battery', LONGHAUL_OAUTH_ISSUERS: issuer }
  expect(await check(env)).toEqual([
    { about: 'callers', verdict: 'ok', says: '1 API key' },
    {
      about: 'callers',
      verdict: 'ok',
      says: `access tokens of ${issuer}, whose keys ${issuer}/.well-known/oauth-authorization-server leads to`,
    },
  ])
})

test('an authorization server that does not know its name, or is not there, is a fault', async () => {
  const issuer = await startIssuer()
  expect(await check({ ...PUBLIC, LONGHAUL_OAUTH_ISSUERS: `${issuer}/,http://127.0.0.1:1` })).toMatchObject([
    { verdict: 'fault', says: expect.stringContaining(`its issuer is '${issuer}'; write it so`) },
    { verdict: 'fault', says: expect.stringContaining('http://127.0.0.1:1 cannot be asked for its keys') },
  ])
})

test.each([
  [{ LONGHAUL_API_KEYS: 'ann' }, 'LONGHAUL_API_KEYS, entry 1'],
  [{ LONGHAUL_OAUTH_ISSUERS: 'https://login.example.com' }, 'LONGHAUL_OAUTH_ISSUERS needs LONGHAUL_PUBLIC_URL'],
])('settings with which no coordinator starts are a fault: %j', async (env, says) => {
  expect(await check(env)).toMatchObject([{ about: 'callers', verdict: 'fault', says: expect.stringContaining(says) }])
})
