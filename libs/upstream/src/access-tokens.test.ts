import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { AuthorizationServer } from '../test/authorization-server.ts'
import { connected, failureOf, httpServer, textOf } from '../test/connected.ts'
import { HttpFixture } from '../test/http-server.ts'
import type { OAuthConfig } from './oauth-config.ts'

const SECRET = 'a-secret-of-this-client'

/** An MCP server that takes the newest token of an authorization server alone. */
async function protectedServer() {
  const login = new AuthorizationServer()
  const fixture = new HttpFixture()
  onTestFinished(async () => void (await Promise.all([login.stop(), fixture.stop()])))
  await login.start()
  const url = await fixture.start()
  fixture.resourceMetadata = { resource: url, authorization_servers: [login.issuer], scopes_supported: ['mcp'] }
  const challenge = `Bearer resource_metadata="${new URL('/.well-known/oauth-protected-resource/mcp', url)}"`
  fixture.refuse = (shown) => (shown === login.newest ? undefined : { status: 401, challenge })
  const oauth = (more: Partial<OAuthConfig> = {}) => ({
    clientId: 'nightly',
    expectedIssuer: login.issuer,
    proof: { kind: 'secret', clientSecret: SECRET } as const,
    ...more,
  })
  return { login, fixture, url, challenge, oauth }
}

describe('access tokens', () => {
  it('are got for the resource, by the secret of the client, and once for many calls', async () => {
    const { login, url, oauth } = await protectedServer()
    const { call } = await connected(httpServer(url, { oauth: oauth() }))
    const results = await Promise.all(Array.from({ length: 20 }, () => call('web__echo')))
    expect(results.map(textOf)).toEqual(Array(20).fill('over http'))
    expect(login.requests).toEqual([
      {
        form: { grant_type: 'client_credentials', resource: url, scope: 'mcp' },
        authorization: `Basic ${Buffer.from(`nightly:${SECRET}`).toString('base64')}`,
      },
    ])
  })

  it.each([
    ['is told that we log in as ourselves', undefined, true],
    ['is not told so where somebody has logged in', 'a-refresh-token', false],
  ])('are for a server that %s, in either era', async (_what, refreshToken, isTold) => {
    const { fixture, url, oauth } = await protectedServer()
    await connected(httpServer(url, { oauth: oauth(refreshToken === undefined ? {} : { refreshToken }) }))
    const told = fixture.handshakes.map((said) =>
      said.includes('"io.modelcontextprotocol/oauth-client-credentials":{}'),
    )
    expect(told).toEqual([isTold, isTold])
  })

  it('are got by a signed assertion', async () => {
    const { login, url, oauth } = await protectedServer()
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
    const proof = { kind: 'key', privateKey: pem, algorithm: 'ES256' } as const
    const { call } = await connected(httpServer(url, { oauth: oauth({ proof }) }))
    expect(textOf(await call('web__echo'))).toBe('over http')
    const [{ form = {} } = {}] = login.requests
    expect(form.client_assertion_type).toBe('urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
    const claims = JSON.parse(Buffer.from(form.client_assertion?.split('.')[1] ?? '', 'base64url').toString())
    expect(claims).toMatchObject({ iss: 'nightly', sub: 'nightly', aud: login.issuer })
  })

  it('are got with a refresh token, or with the one that came in its place', async () => {
    const { login, url, oauth } = await protectedServer()
    login.tokenSeconds = 0
    login.more = { refresh_token: 'second-refresh' }
    const { call } = await connected(httpServer(url, { oauth: oauth({ refreshToken: 'first-refresh' }) }))
    await call('web__echo')
    expect(login.requests[0]?.form).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'first-refresh',
      resource: url,
    })
    expect(login.requests.at(-1)?.form).toMatchObject({ refresh_token: 'second-refresh' })
  })

  it('are replaced when the server knows them no more, once for all calls that hear of it', async () => {
    const { login, fixture, url, challenge, oauth } = await protectedServer()
    const { call } = await connected(httpServer(url, { oauth: oauth() }))
    const revoked = login.newest
    fixture.refuse = (shown) => (shown === revoked ? { status: 401, challenge } : undefined)
    await Promise.all(Array.from({ length: 20 }, () => call('web__echo')))
    expect(login.requests).toHaveLength(2)
    expect(fixture.authorization).toBe(login.newest)
  })

  it('are replaced before they end', async () => {
    const { login, url, oauth } = await protectedServer()
    login.tokenSeconds = 0
    const { call } = await connected(httpServer(url, { oauth: oauth() }))
    const before = login.requests.length
    login.tokenSeconds = 3600
    await call('web__echo')
    await call('web__echo')
    expect(login.requests).toHaveLength(before + 1)
  })

  it('are used to their end where no other is to be had', async () => {
    const { login, url, oauth } = await protectedServer()
    const { call } = await connected(httpServer(url, { oauth: oauth() }))
    login.refusal = { status: 503, body: {} }
    const later = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 3_590_000)
    onTestFinished(() => later.mockRestore())
    expect(textOf(await call('web__echo'))).toBe('over http')
    expect(login.requests).toHaveLength(2)
  })

  it('are widened when a call takes more, once for all calls that hear of it', async () => {
    const { login, fixture, url, oauth } = await protectedServer()
    login.more = { scope: 'mcp' }
    const { call } = await connected(httpServer(url, { oauth: oauth() }))
    const narrow = login.newest
    const challenge = 'Bearer error="insufficient_scope", scope="write"'
    fixture.refuse = (shown) => (shown === narrow ? { status: 403, challenge } : undefined)
    await Promise.all(Array.from({ length: 20 }, () => call('web__echo')))
    expect(login.requests.map(({ form }) => form.scope)).toEqual(['mcp', 'mcp write'])
  })

  it('serve on when a call takes more than can be had', async () => {
    const { login, fixture, url, oauth } = await protectedServer()
    const { call } = await connected(httpServer(url, { oauth: oauth({ scope: 'read' }) }))
    fixture.refuse = () => ({ status: 403, challenge: 'Bearer error="insufficient_scope", scope="admin"' })
    login.refusal = { status: 400, body: { error: 'invalid_scope', error_description: 'not for you' } }
    expect(textOf(await call('web__echo'))).toContain('the authorization server says invalid_scope, not for you')
    login.refusal = undefined
    const { newest } = login
    fixture.refuse = (shown) => (shown === newest ? { status: 401 } : undefined)
    expect(textOf(await call('web__echo'))).toBe('over http')
    expect(login.requests.map(({ form }) => form.scope)).toEqual(['read', 'read admin', 'read'])
  })

  it('are not asked for again where more was asked for already', async () => {
    const { login, fixture, url, oauth } = await protectedServer()
    const { call } = await connected(httpServer(url, { oauth: oauth({ scope: 'read' }) }))
    fixture.refuse = () => ({ status: 403, challenge: 'Bearer error="insufficient_scope", scope="write"' })
    for (let count = 0; count < 3; count++) {
      expect(textOf(await call('web__echo'))).toBe(
        'The server web refused the call: it answered HTTP 403 and wants the scope "write": look at the "headers" ' +
          'or the "oauth" of this server in mcp.json. web__echo was not called.',
      )
    }
    expect(login.requests).toHaveLength(2)
  })
})

describe('where there is no access token', () => {
  it('the server is not available, with what the authorization server says, and no secret is told', async () => {
    const { login, url, oauth } = await protectedServer()
    login.refusal = { status: 401, body: { error: 'invalid_client', error_description: `not ${SECRET}` } }
    const { upstreams, log } = await connected(httpServer(url, { oauth: oauth() }))
    expect(upstreams.problems().map(({ message }) => message)).toEqual([
      'the server "web" is not available: there is no access token for it: ' +
        'the authorization server says invalid_client, not ***',
    ])
    expect(login.requests).toHaveLength(1)
    expect(log.lines.join('\n')).not.toContain(SECRET)
  })

  it.each([
    ['is refused for good', 400, { error: 'invalid_scope', error_description: 'no' }, false],
    ['may be made later', 503, {}, true],
    ['may be made later', 429, {}, true],
    ['is refused for good', 404, 'nothing here', false],
  ])('a call %s when the answer is %i %j', async (_what, status, body, isForNow) => {
    const { login, fixture, url, challenge, oauth } = await protectedServer()
    const { call } = await connected(httpServer(url, { oauth: oauth() }))
    fixture.refuse = () => ({ status: 401, challenge })
    login.refusal = { status, body }
    const said =
      status === 400 ? 'the authorization server says invalid_scope, no' : `${login.issuer} answers HTTP ${status}`
    const message = `The server web was not reached: there is no access token for it: ${said}. web__echo was not called.`
    if (isForNow) expect(await failureOf(call('web__echo'))).toMatchObject({ message, retryable: true })
    else expect(await call('web__echo')).toMatchObject({ isError: true, content: [{ text: message }] })
  })

  it('a call may be made later when the authorization server is away', async () => {
    const { login, fixture, url, challenge, oauth } = await protectedServer()
    const { call } = await connected(httpServer(url, { oauth: oauth() }))
    fixture.refuse = () => ({ status: 401, challenge })
    await login.stop()
    const { message, retryable, isOutcomeUnknown } = await failureOf(call('web__echo'))
    expect(message).toContain('there is no access token for it: the network says ECONNREFUSED')
    expect([retryable, isOutcomeUnknown]).toEqual([true, undefined])
  })

  it('why TLS fails is said', async () => {
    const { login, url, oauth } = await protectedServer()
    const { upstreams } = await connected(
      httpServer(url, { oauth: oauth({ expectedIssuer: login.issuer.replace('http:', 'https:') }) }),
    )
    expect(upstreams.problems()[0]?.message).toMatch(/there is no access token for it: .*SSL/)
  })

  it('no other authorization server is asked that the server names', async () => {
    const { login, fixture, url, oauth } = await protectedServer()
    const thief = new AuthorizationServer()
    onTestFinished(() => thief.stop())
    await thief.start()
    fixture.resourceMetadata = { resource: url, authorization_servers: [thief.issuer] }
    const { call } = await connected(httpServer(url, { oauth: oauth() }))
    expect(textOf(await call('web__echo'))).toBe('over http')
    expect([login.requests.length, thief.requests.length]).toEqual([1, 0])
  })

  it('none is got for another resource', async () => {
    const { login, fixture, url, oauth } = await protectedServer()
    fixture.resourceMetadata = { resource: 'https://bank.example.org/mcp', authorization_servers: [login.issuer] }
    const { upstreams } = await connected(httpServer(url, { oauth: oauth() }))
    expect(upstreams.problems()[0]?.message).toContain('Protected resource https://bank.example.org/mcp does not match')
    expect(login.requests).toEqual([])
  })
})
