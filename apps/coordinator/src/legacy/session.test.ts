import { startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCoordinator, type TestCoordinator } from '../../test/coordinator.ts'

const ANNA = { authorization: 'Bearer anna-anna-anna-anna' }
const BEN = { authorization: 'Bearer ben-ben-ben-ben-ben' }
const PING = { jsonrpc: '2.0', id: 1, method: 'ping' }

let store: TestStore
let one: TestCoordinator
let other: TestCoordinator
beforeAll(async () => {
  store = await startTestStore()
  const apiKeys = ['anna=anna-anna-anna-anna', 'ben=ben-ben-ben-ben-ben tasks:admin']
  ;[one, other] = await Promise.all([openCoordinator(store.url, { apiKeys }), openCoordinator(store.url, { apiKeys })])
})
afterAll(async () => {
  await Promise.all([one.close(), other.close()])
  await store.stop()
})

describe('initialize', () => {
  test('begins a session that every coordinator knows', async () => {
    const session = await one.initialize({ headers: ANNA })
    expect(session.hello.status).toBe(200)
    expect(session.hello.headers['mcp-session-id']).toMatch(/^[\w-]{32}$/)
    expect(session.hello.body).toEqual({
      jsonrpc: '2.0',
      id: 0,
      result: {
        protocolVersion: '2025-11-25',
        capabilities: {
          tools: { listChanged: true },
          prompts: { listChanged: true },
          resources: { subscribe: true, listChanged: true },
          logging: {},
          completions: {},
          tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } },
        },
        serverInfo: { name: 'longhaul', version: '0.1.0' },
      },
    })
    const ping = await session.send({ id: 1, method: 'ping' }, other.address)
    expect(ping).toMatchObject({ status: 200, body: { jsonrpc: '2.0', id: 1, result: {} } })
  })

  test.each([
    ['2025-06-18', '2025-06-18'],
    ['2024-11-05', '2024-11-05'],
    ['2026-07-28', '2025-11-25'],
  ])('asked for %s agrees on %s', async (protocolVersion, agreed) => {
    const { hello } = await one.initialize({ headers: ANNA, protocolVersion })
    expect(hello.body.result.protocolVersion).toBe(agreed)
  })

  test('is refused for one session more than a caller may have, until one ends', async () => {
    const few = await openCoordinator(store.url, {
      apiKeys: ['cid=cid-cid-cid-cid-cid', 'dan=dan-dan-dan-dan-dan'],
      maxSessions: 2,
    })
    const initialize = (name = 'cid-cid-cid-cid-cid') =>
      few.initialize({ headers: { authorization: `Bearer ${name}` }, protocolVersion: '2025-06-18' })
    const [first] = [await initialize(), await initialize()]
    const { hello } = await initialize()
    expect(hello).toMatchObject({
      status: 200,
      body: {
        id: 0,
        error: { code: -31000, message: expect.stringMatching(/^You have 2 sessions.*LONGHAUL_MAX_SESSIONS/) },
      },
    })
    expect(hello.headers).not.toHaveProperty('mcp-session-id')
    expect((await initialize('dan-dan-dan-dan-dan')).hello.body).toHaveProperty('result')
    expect(await few.call({ method: 'DELETE', headers: first.headers })).toMatchObject({ status: 204 })
    expect((await initialize()).hello.body).toHaveProperty('result')
    await few.close()
  })

  test('names the fields that are wrong', async () => {
    const body = { jsonrpc: '2.0', id: 3, method: 'initialize', params: { protocolVersion: 1, capabilities: {} } }
    expect(await one.call({ headers: ANNA, body })).toMatchObject({
      status: 200,
      body: {
        id: 3,
        error: {
          code: -32602,
          message:
            'Invalid params of initialize: protocolVersion: expected string, received number; clientInfo: expected object, received undefined.',
        },
      },
    })
  })

  test('keeps no more of a client than it needs', async () => {
    const capabilities = { experimental: { x: { y: 'z'.repeat(16_384) } } }
    const { hello } = await one.initialize({ headers: ANNA, capabilities })
    expect(hello.headers).not.toHaveProperty('mcp-session-id')
    expect(hello.body.error).toEqual({
      code: -32602,
      message: 'Invalid params of initialize: capabilities are 16415 bytes; the most is 16384.',
    })
  })
})

describe('a request', () => {
  test.each(['GET', 'POST', 'DELETE'])('%s without a session is told to initialize', async (method) => {
    const answer = await one.call({ method, headers: ANNA, ...(method === 'POST' && { body: PING }) })
    expect(answer.status).toBe(400)
    expect(answer.body).toEqual({
      jsonrpc: '2.0',
      ...(method === 'POST' && { id: 1 }),
      error: { code: -31000, message: 'The header Mcp-Session-Id is missing: initialize first.' },
    })
  })

  test.each(['never', 'x'.repeat(200), '../../etc', '*', '__proto__'])(
    'with the unknown session %j is told so',
    async (id) => {
      const answer = await one.call({ headers: { ...ANNA, 'mcp-session-id': id }, body: PING })
      expect(answer.status).toBe(404)
      expect(answer.body.error.message).toBe('Session not found: it has ended, or never was. Initialize again.')
    },
  )

  test('with the session of somebody else hears byte for byte the same', async () => {
    const session = await one.initialize({ headers: ANNA })
    const foreign = await one.call({ headers: { ...session.headers, ...BEN }, body: PING })
    const unknown = await one.call({ headers: { ...BEN, 'mcp-session-id': 'never' }, body: PING })
    expect(foreign.status).toBe(404)
    expect(foreign).toEqual({ ...unknown, headers: { ...unknown.headers, date: foreign.headers.date } })
    expect((await session.request('ping')).status).toBe(200)
  })

  test('may name its revision, if that is served', async () => {
    const session = await one.initialize({ headers: ANNA })
    const ping = (version: string) =>
      one.call({ headers: { ...session.headers, 'mcp-protocol-version': version }, body: PING })
    expect((await ping('2025-06-18')).status).toBe(200)
    expect(await ping('2025-12-01')).toMatchObject({
      status: 400,
      body: {
        error: {
          message:
            "The protocol version '2025-12-01' is not served; 2025-11-25, 2025-06-18, 2025-03-26, 2024-11-05 are.",
        },
      },
    })
  })
})

test('a notification and a response to nothing are taken, and answered with nothing', async () => {
  const session = await one.initialize({ headers: ANNA })
  for (const body of [
    { method: 'notifications/initialized' },
    { method: 'notifications/cancelled' },
    { method: 'notifications/cancelled', params: { requestId: 'x'.repeat(1000) } },
    { method: 'constructor' },
    { id: 'none of yours', result: {} },
    { id: 7, error: { code: 1, message: 'no' } },
  ]) {
    const answer = await session.send(body)
    expect(answer).toMatchObject({ status: 202, body: undefined })
  }
})

test('a deleted session is over everywhere, and its streams end', async () => {
  const session = await one.initialize({ headers: ANNA })
  const stream = await session.listen({ address: other.address })
  const answer = await one.call({
    method: 'DELETE',
    headers: { ...session.headers, 'content-type': 'application/json' },
  })
  expect(answer).toMatchObject({ status: 204, body: undefined })
  await stream.ended
  expect((await session.request('ping')).status).toBe(404)
  expect((await session.send({ id: 1, method: 'ping' }, other.address)).status).toBe(404)
  expect((await one.call({ method: 'DELETE', headers: session.headers })).status).toBe(404)
})

test.each([
  ['text/event-stream, application/json', 'text/event-stream'],
  ['application/json, text/event-stream', 'application/json; charset=utf-8'],
  ['*/*', 'application/json; charset=utf-8'],
])('a client that accepts %j is answered with %s', async (accept, type) => {
  const session = await one.initialize({ headers: ANNA })
  const answer = await one.call({ headers: { ...session.headers, accept }, body: PING })
  expect(answer.headers['content-type']).toBe(type)
  const text = type === 'text/event-stream' ? answer.body : `event: message\ndata: ${JSON.stringify(answer.body)}\n\n`
  expect(text).toBe('event: message\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\n\n')
})
