import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCoordinator, type TestCoordinator } from '../test/coordinator.ts'

const KEY = 'correct-horse-battery'
const PING = { jsonrpc: '2.0', id: 1, method: 'ping' }

let store: TestStore
let coordinator: TestCoordinator
let keyed: TestCoordinator
beforeAll(async () => {
  store = await startTestStore()
  const apiKeys = [`anna=sha256:${createHash('sha256').update(KEY).digest('hex')}`]
  ;[coordinator, keyed] = await Promise.all([
    openCoordinator(store.url, { maxBodyBytes: 1000, allowedOrigins: ['https://app.example'] }),
    openCoordinator(store.url, { apiKeys, maxBodyBytes: 1000 }),
  ])
})
afterAll(async () => {
  await Promise.all([coordinator.close(), keyed.close()])
  await store.stop()
})

test('a request that does not arrive in time is refused', async () => {
  const { address, close } = await openCoordinator(store.url, { requestTimeoutMs: 100 })
  const socket = connect(Number(new URL(address).port), '127.0.0.1')
  socket.write('POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{')
  const answer = await text(socket)
  expect(answer).toMatch(/^HTTP\/1\.1 408 /)
  expect(answer).toContain('The request took too long to arrive (LONGHAUL_REQUEST_TIMEOUT_MS).')
  await close()
})

describe('who is turned away', () => {
  test('hears it by where they come from, then by who they are, then by how they ask, and only then by what', async () => {
    const headers = { host: 'evil.example', authorization: 'Bearer wrong' }
    const tooLarge = 'x'.repeat(2000)
    const at = async (changed: object, method = 'PUT') =>
      (await keyed.call({ method, headers: { ...headers, ...changed }, body: tooLarge })).status
    expect(await at({})).toBe(403)
    expect(await at({ host: 'localhost' })).toBe(401)
    expect(await at({ host: 'localhost', authorization: `bearer ${KEY}` })).toBe(405)
    expect(await at({ host: 'localhost', authorization: `bearer ${KEY}` }, 'POST')).toBe(413)
  })

  test.each(['GET', 'POST', 'DELETE'])('needs a key for %s where there are keys', async (method) => {
    const answer = await keyed.call({ method, ...(method === 'POST' && { body: PING }) })
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Bearer')
    expect(answer.body).toEqual({
      jsonrpc: '2.0',
      error: { code: -31000, message: 'Send an API key: Authorization: Bearer KEY.' },
    })
  })

  test('hears that a key is not known', async () => {
    const answer = await keyed.call({ headers: { authorization: 'Bearer wrong' }, body: PING })
    expect(answer.status).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Bearer error="invalid_token"')
    expect(answer.body.error.message).toBe('The API key is not known here.')
  })

  test('hears which setting would let them in', async () => {
    const byHost = await coordinator.call({ headers: { host: 'evil.example:80' }, body: PING })
    expect(byHost).toMatchObject({
      status: 403,
      body: {
        jsonrpc: '2.0',
        error: {
          code: -31000,
          message:
            "This server is not known as 'evil.example:80'. LONGHAUL_PUBLIC_URL or LONGHAUL_ALLOWED_HOSTS can name it.",
        },
      },
    })
    const byOrigin = await coordinator.call({ headers: { origin: 'https://evil.example' }, body: PING })
    expect(byOrigin.status).toBe(403)
    expect(byOrigin.headers).not.toHaveProperty('access-control-allow-origin')
    expect(byOrigin.body.error.message).toBe(
      "Pages of 'https://evil.example' may not call this server. LONGHAUL_ALLOWED_ORIGINS can name them.",
    )
  })
})

describe('a page of an origin that may call', () => {
  const origin = 'https://app.example'

  test('may ask first, without a key', async () => {
    const headers = { origin, 'access-control-request-method': 'POST' }
    const answer = await coordinator.call({ method: 'OPTIONS', headers })
    expect(answer.status).toBe(204)
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST, DELETE',
      'access-control-allow-headers':
        'authorization, baggage, content-type, idempotency-key, last-event-id, mcp-method, mcp-name, mcp-protocol-version, mcp-session-id, prefer, traceparent, tracestate',
      vary: 'origin, access-control-request-headers',
    })
    const local = await keyed.call({ method: 'OPTIONS', headers: { origin: 'http://localhost:3000' } })
    expect(local.headers['access-control-allow-origin']).toBe('http://localhost:3000')
  })

  test.each([
    { asked: 'content-type,mcp-param-region,mcp-param-shard-2', allowed: 'mcp-param-region, mcp-param-shard-2' },
    { asked: 'Mcp-Param-Zone', allowed: 'mcp-param-zone' },
    { asked: 'x-anything,mcp-param-,mcp-param-a b,x-mcp-param-a,mcp-param-a:b', allowed: '' },
  ])(
    'may send the headers of arguments among $asked, and no others that are not listed',
    async ({ asked, allowed }) => {
      const headers = { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': asked }
      const answer = await coordinator.call({ method: 'OPTIONS', headers })
      const listed = String(answer.headers['access-control-allow-headers'])
      expect(listed).toMatch(/^authorization, .*, tracestate/)
      expect(listed.replace(/^.*tracestate(, )?/, '')).toBe(allowed)
    },
  )

  test('can read answers, errors and streams', async () => {
    const session = await coordinator.initialize({ headers: { origin } })
    expect(session.hello.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-expose-headers': 'location, mcp-session-id, preference-applied, retry-after, www-authenticate',
    })
    const error = await coordinator.call({ headers: { origin }, body: 'no JSON' })
    expect(error).toMatchObject({ status: 400, headers: { 'access-control-allow-origin': origin } })
    const stream = await session.listen()
    expect(stream.headers).toMatchObject({ 'access-control-allow-origin': origin, vary: 'origin' })
    stream.leave()
  })

  test('others are not told of it', async () => {
    expect((await coordinator.initialize()).hello.headers).not.toHaveProperty('access-control-allow-origin')
  })
})

describe('a body', () => {
  test.each([
    [
      'larger than the limit',
      413,
      'x'.repeat(1001),
      'application/json',
      -31000,
      'The body is larger than 1000 bytes (LONGHAUL_MAX_BODY_BYTES).',
    ],
    [
      'of another type',
      415,
      'a=1',
      'application/x-www-form-urlencoded',
      -31000,
      'Send the message as Content-Type: application/json.',
    ],
    ['that is not JSON', 400, '{"jsonrpc":"2.0","id":1', 'application/json', -32700, 'The message is not JSON.'],
    ['that is empty', 400, '', 'application/json', -32700, 'The message is not JSON.'],
    [
      'that is nested too deeply',
      400,
      '['.repeat(500),
      'application/json',
      -32600,
      'The message is nested more than 200 levels deep.',
    ],
    [
      'that is a batch',
      400,
      '[]',
      'application/json',
      -32600,
      'This revision has no batches; send one message per request.',
    ],
    [
      'that is no message',
      400,
      '"ping"',
      'application/json; charset=utf-8',
      -32600,
      'Invalid request: it has no "jsonrpc": "2.0".',
    ],
  ])('%s is refused with %s, and no id', async (_what, status, body, type, code, message) => {
    const answer = await coordinator.call({ headers: { 'content-type': type }, body })
    expect(answer.status).toBe(status)
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(answer.body).toEqual({ jsonrpc: '2.0', error: { code, message } })
  })

  test('is missing', async () => {
    expect(await coordinator.call({})).toMatchObject({ status: 400, body: { error: { code: -32600 } } })
  })

  test.each([
    [{ id: 7, method: 5 }, 7, 'it is neither a request, a notification nor a response'],
    [{ id: 'a', method: 'ping', params: [] }, 'a', '"params" must be an object'],
    [{ id: null, method: 'ping' }, undefined, '"id" must be an integer, or a string of at most 256 characters'],
    [{ id: 1.5, method: 'ping' }, undefined, '"id" must be an integer, or a string of at most 256 characters'],
    [{ id: {}, method: 'ping' }, undefined, '"id" must be an integer, or a string of at most 256 characters'],
  ])('that is no message of JSON-RPC is refused, under its id where it has one: %j', async (message, id, fault) => {
    const answer = await coordinator.call({ body: { jsonrpc: '2.0', ...message } })
    expect(answer.status).toBe(400)
    const error = { code: -32600, message: `Invalid request: ${fault}.` }
    expect(answer.body).toEqual({ jsonrpc: '2.0', ...(id !== undefined && { id }), error })
  })

  test('that is not UTF-8 is refused', async () => {
    const body = Buffer.concat([
      Buffer.from('{"jsonrpc":"2.0","id":"'),
      Buffer.of(0xff),
      Buffer.from('","method":"ping"}'),
    ])
    const head = `POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`
    const answer = await exchange(Buffer.concat([Buffer.from(head), body]))
    expect(answer).toMatch(/^HTTP\/1\.1 400 .*"code":-32700,"message":"The message is not UTF-8\."/s)
  })

  test('that breaks off is nothing that failed here', async () => {
    const { address, close, log } = await openCoordinator(store.url)
    const socket = connect(Number(new URL(address).port), '127.0.0.1')
    socket.write(
      'POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n',
    )
    await once(socket, 'data')
    socket.resetAndDestroy()
    await close()
    expect(log.filter((line) => JSON.parse(line).level >= 50)).toEqual([])
  })

  test('shorter than it says is refused', async () => {
    const head = 'POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n'
    expect(await exchange(`${head}{}`)).toMatch(/^HTTP\/1\.1 400 /)
  })

  test.each([
    ['no HTTP', 'hello\r\n\r\n', '400 Bad Request', 'This is no HTTP request that can be read.'],
    [
      'a path that is none',
      'POST /mcp% HTTP/1.1\r\nhost: localhost\r\n\r\n',
      '400 Bad Request',
      "'/mcp%' is not a valid url component",
    ],
    [
      'no name of this server',
      'POST /mcp HTTP/1.1\r\n\r\n',
      '403 Forbidden',
      "This server is not known as ''. LONGHAUL_PUBLIC_URL or LONGHAUL_ALLOWED_HOSTS can name it.",
    ],
    [
      'headers that are too large',
      `GET /mcp HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
      '431 Request Header Fields Too Large',
      'The headers of the request are too large.',
    ],
  ])('after %s is refused with a JSON-RPC error, too', async (_, request, status, message) => {
    const [head = '', body = ''] = (await exchange(request)).split('\r\n\r\n')
    expect(head).toMatch(`HTTP/1.1 ${status}\r\n`)
    expect(head).toMatch('content-type: application/json')
    expect(JSON.parse(body)).toEqual({ jsonrpc: '2.0', error: { code: -31000, message } })
  })

  /** What bytes are answered with. */
  function exchange(bytes: string | Buffer): Promise<string> {
    const { hostname, port } = new URL(coordinator.address)
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true })
    socket.end(bytes)
    return text(socket)
  }
})

describe('another method or path', () => {
  test.each(['GET', 'DELETE'])('%s is nothing that a revision without sessions has [R22 D7]', async (method) => {
    const answer = await coordinator.call({ method, headers: { 'mcp-protocol-version': '2026-07-28' } })
    expect(answer.status).toBe(405)
    expect(answer.headers.allow).toBe('POST')
    expect(answer.body.error.message).toBe(`MCP 2026-07-28 has no ${method}; send every request by POST.`)
  })

  test.each(['PUT', 'PATCH', 'HEAD'])('%s is not served, and which are is said', async (method) => {
    const answer = await coordinator.call({ method })
    expect(answer.status).toBe(405)
    expect(answer.headers.allow).toBe('GET, POST, DELETE')
    if (method !== 'HEAD') expect(answer.body.error.message).toBe(`${method} is not served here.`)
  })

  test('hears where MCP is', async () => {
    expect(await coordinator.call({ path: '/', body: PING })).toMatchObject({
      status: 404,
      body: { error: { message: 'There is nothing here; MCP is served at /mcp, and the HTTP API under /v1.' } },
    })
    expect((await coordinator.call({ method: 'GET', path: '/.well-known/oauth-protected-resource' })).status).toBe(404)
  })
})

test.each([{ params: null }, { params: { _meta: null } }, { params: { _meta: 'x' } }])(
  'takes nobody for a client without sessions who sends %j',
  async (body) => {
    const answer = await coordinator.call({ body: { jsonrpc: '2.0', id: 9, method: 'ping', ...body } })
    expect(answer.status).toBe(400)
    expect(answer.body.error.message).not.toContain('_meta.io')
  },
)

test('tells everybody that it lives, and that it can serve', async () => {
  const live = await keyed.call({ method: 'GET', path: '/healthz' })
  expect(live).toMatchObject({ status: 200, body: { status: 'ok', version: '0.1.0' } })
  await expect
    .poll(() => keyed.call({ method: 'GET', path: '/readyz' }))
    .toMatchObject({ status: 200, body: { status: 'ready', durability: expect.stringMatching(/^process: /) } })
})
