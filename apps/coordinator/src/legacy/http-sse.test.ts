import { Sessions } from '@longhaul/store'
import { LonghaulError } from '@longhaul/task'
import { findKeyLeaks, startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import {
  FORM,
  type InitializeOptions,
  openCoordinator,
  openWorker,
  type TestCoordinator,
  type TestWorker,
} from '../../test/coordinator.ts'
import { EventReader } from '../../test/event-reader.ts'
import { call, open } from '../../test/http.ts'

const ANNA = { authorization: 'Bearer anna-anna-anna-anna' }
const BEN = { authorization: 'Bearer ben-ben-ben-ben-ben' }
/** Another key of hers, with a right over the tasks of others. */
const ANNA_READS = { authorization: 'Bearer anna-reads-all-tasks' }
const SETTINGS = {
  httpSse: 'on' as const,
  maxSseRequests: 3,
  maxBodyBytes: 10_000,
  apiKeys: ['anna=anna-anna-anna-anna', 'anna=anna-reads-all-tasks tasks:read', 'ben=ben-ben-ben-ben-ben'],
}

let store: TestStore
let worker: TestWorker
let coordinator: TestCoordinator
beforeAll(async () => {
  store = await startTestStore()
  worker = await openWorker(store.url)
  coordinator = await openCoordinator(store.url, SETTINGS)
})
afterAll(async () => {
  await coordinator.close()
  await worker.close()
  await store.stop()
})
afterEach(async () => expect(await findKeyLeaks(store.url)).toEqual([]))

interface Opening extends InitializeOptions {
  readonly at?: TestCoordinator
}

/** A client that has opened its stream, and was told where to post. */
async function openStream({ at = coordinator, headers = ANNA }: Opening = {}) {
  const reader = new EventReader(await open(at.address, { method: 'GET', path: '/sse', headers }))
  const { name, data } = await reader.nextRaw()
  const post = (body: unknown, more: object = {}) =>
    call(at.address, { path: data, headers: { ...headers, ...more }, body })
  const request = (id: string | number, method: string, params?: object) =>
    post({ jsonrpc: '2.0', id, method, ...(params && { params }) })
  return { reader, name, endpoint: data, post, request }
}

/** One that has shaken hands, too. */
async function openSession(options: Opening = {}) {
  const stream = await openStream(options)
  const { protocolVersion = '2024-11-05', capabilities = {} } = options
  const params = { protocolVersion, capabilities, clientInfo: { name: 'test', version: '1' } }
  expect((await stream.request('hello', 'initialize', params)).status).toBe(202)
  return { ...stream, hello: (await stream.reader.nextMessage()).message }
}

const CALL = { name: 'look', arguments: {} }

test('is off unless it is turned on [R21]', async () => {
  const usual = await openCoordinator(store.url)
  for (const [method, path] of [
    ['GET', '/sse'],
    ['POST', '/messages?sessionId=x'],
  ] as const) {
    const answer = await usual.call({ method, path })
    expect(answer).toMatchObject({ status: 404, body: { error: { message: expect.stringContaining('/mcp') } } })
  }
  await usual.close()
})

test('a ping is answered before the handshake [R20]', async () => {
  const { reader, request } = await openStream()
  expect((await request('p', 'ping')).status).toBe(202)
  expect((await reader.next()).message).toEqual({ jsonrpc: '2.0', id: 'p', result: {} })
  reader.leave()
})

test('there are so many streams of a caller, and as many sessions, whether or not one was begun', async () => {
  const few = await openCoordinator(store.url, { ...SETTINGS, maxSessions: 2 })
  const opened = [await openStream({ at: few }), await openSession({ at: few })]
  const refused = await few.call({ method: 'GET', path: '/sse', headers: ANNA })
  expect(refused).toMatchObject({
    status: 429,
    body: { error: { message: expect.stringContaining('LONGHAUL_MAX_SESSIONS') } },
  })
  const ben = await openSession({ at: few, headers: BEN })
  for (const { reader } of [...opened, ben]) reader.leave()
  await expect.poll(async () => (await openStream({ at: few })).name, { timeout: 10_000 }).toBe('endpoint')
  await few.close()
})

test('what a request may do is what its own key may, not that of the stream', async () => {
  const taskId = await (await coordinator.initialize({ headers: BEN })).createTask('look')
  await worker.finish(taskId)
  const { reader, post } = await openSession({ headers: ANNA_READS, protocolVersion: '2025-11-25' })
  const request = { jsonrpc: '2.0', id: 'get', method: 'tasks/get', params: { taskId } }
  const got = async (headers: object) => {
    expect((await post(request, headers)).status).toBe(202)
    return (await reader.nextMessage()).message
  }
  expect(await got(ANNA_READS)).toMatchObject({ result: { taskId } })
  expect(await got(ANNA)).toMatchObject({ error: { code: -32602 } })
  reader.leave()
})

test('a handshake that failed because the store was away can be made again', async () => {
  const { reader, request } = await openStream()
  const params = { protocolVersion: '2024-11-05', capabilities: {}, clientInfo: { name: 'test', version: '1' } }
  const using = vi.spyOn(Sessions.prototype, 'use')
  using.mockRejectedValueOnce(new LonghaulError('store_unavailable', 'The store is away.'))
  await request('hello', 'initialize', params)
  expect((await reader.nextMessage()).message).toMatchObject({ id: 'hello', error: {} })
  using.mockRestore()
  await request('again', 'initialize', params)
  expect((await reader.nextMessage()).message).toMatchObject({ id: 'again', result: {} })
  reader.leave()
})

describe('a stream', () => {
  test('begins with where to post, and brings what is answered [R21 R19 R20]', async () => {
    const { reader, name, endpoint, hello, request } = await openSession()
    expect(reader.headers).toMatchObject({ 'content-type': 'text/event-stream' })
    expect(name).toBe('endpoint')
    expect(endpoint).toMatch(/^\/messages\?sessionId=[\w-]{32}$/)
    expect(hello).toMatchObject({ id: 'hello', result: { protocolVersion: '2024-11-05' } })
    expect(await request('p', 'ping')).toMatchObject({ status: 202, body: undefined })
    expect((await reader.next()).message).toEqual({ jsonrpc: '2.0', id: 'p', result: {} })
    await request('n', 'no/such')
    const error = { code: -32601, message: 'Method not found' }
    expect(await reader.next()).toEqual({
      id: undefined,
      retry: undefined,
      message: { jsonrpc: '2.0', id: 'n', error },
    })
    reader.leave()
  })

  test('brings the end of a call, and meanwhile what it asks, which is answered by a post [R21 T30]', async () => {
    const { reader, request, post } = await openSession({
      protocolVersion: '2025-11-25',
      capabilities: { elicitation: {} },
    })
    expect((await request('c', 'tools/call', CALL)).status).toBe(202)
    const taskId = await worker.called()
    await worker.ask(taskId, { key: 'q1', question: FORM })
    const asked = (await reader.nextMessage('elicitation/create')).message
    const wrong = await post({ jsonrpc: '2.0', id: asked.id, result: { action: 'accept', content: { ok: 'yes' } } })
    expect(wrong.status).toBe(400)
    const again = (await reader.nextMessage('elicitation/create')).message
    const right = { jsonrpc: '2.0', id: again.id, result: { action: 'accept', content: { ok: true } } }
    expect((await post(right)).status).toBe(202)
    await worker.finish(taskId)
    const { id, message } = await reader.nextMessage()
    expect({ id, message }).toMatchObject({
      id: undefined,
      message: { id: 'c', result: { content: [{ text: 'seen' }] } },
    })
    reader.leave()
  })

  test('brings what its tasks have to say by themselves [T39]', async () => {
    const { reader, request } = await openSession({ protocolVersion: '2025-11-25' })
    await request('t', 'tools/call', { ...CALL, task: {} })
    const { taskId } = (await reader.nextMessage()).message.result.task
    await worker.finish(taskId)
    const status = (await reader.nextMessage('notifications/tasks/status')).message
    expect(status.params).toMatchObject({ taskId, status: 'completed' })
    reader.leave()
  })

  test('answers no request that its client cancelled, whose task is cancelled too [F21]', async () => {
    const { reader, request, post } = await openSession()
    await request('gone', 'tools/call', CALL)
    const taskId = await worker.called()
    await post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'gone' } })
    await expect.poll(() => statusOf(taskId), { timeout: 10_000 }).toBe('cancelled')
    await request('p', 'ping')
    expect((await reader.nextMessage()).message.id).toBe('p')
    reader.leave()
  })

  test('is not cut where streams that can be resumed are', async () => {
    const short = await openCoordinator(store.url, { ...SETTINGS, streamMaxMs: 1 })
    const { reader, request } = await openSession({ at: short, protocolVersion: '2025-11-25' })
    await request('c', 'tools/call', CALL)
    await worker.finish(await worker.called())
    expect((await reader.nextMessage()).message.id).toBe('c')
    reader.leave()
    await short.close()
  })

  test('takes so many requests at once and no more', async () => {
    const { reader, request } = await openSession()
    const tasks: string[] = []
    for (const id of ['1', '2', '3']) {
      await request(id, 'tools/call', CALL)
      const taskId = await worker.called()
      await worker.claim(taskId)
      tasks.push(taskId)
    }
    await request('more', 'ping')
    const message = '3 requests are not answered yet; wait for some of them (LONGHAUL_MAX_SSE_REQUESTS).'
    expect((await reader.nextMessage()).message).toEqual({
      jsonrpc: '2.0',
      id: 'more',
      error: { code: -31000, message },
    })
    const other = await coordinator.initialize({ headers: ANNA })
    await other.request('tasks/cancel', { taskId: tasks[0] })
    expect((await reader.nextMessage()).message).toMatchObject({ id: '1', error: { message: 'Task cancelled' } })
    await request('now', 'ping')
    expect((await reader.nextMessage()).message.id).toBe('now')
    reader.leave()
    for (const taskId of tasks.slice(1)) await other.request('tasks/cancel', { taskId })
  })
})

const statusOf = async (taskId: string) => {
  const reader = await coordinator.initialize({ headers: ANNA })
  return (await reader.request('tasks/get', { taskId })).body.result.status
}

describe('a client that goes', () => {
  test('leaves its calls to go on, and has no session any more [R10 R16]', async () => {
    const other = await openCoordinator(store.url, SETTINGS)
    const { reader, request, post, endpoint } = await openSession({ at: other })
    await request('c', 'tools/call', CALL)
    const taskId = await worker.called()
    reader.leave()
    await expect
      .poll(async () => (await post({ jsonrpc: '2.0', id: 1, method: 'ping' })).status, { timeout: 10_000 })
      .toBe(404)
    expect(await statusOf(taskId)).toBe('working')
    const headers = { ...ANNA, 'mcp-session-id': endpoint.replace(/^.*=/, '') }
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
    await expect
      .poll(async () => (await coordinator.call({ headers, body: ping })).status, { timeout: 10_000 })
      .toBe(404)
    await worker.finish(taskId)
    await other.close()
  })

  test('takes its calls along where a coordinator is told so', async () => {
    const other = await openCoordinator(store.url, { ...SETTINGS, onDisconnect: 'cancel' })
    const { reader, request } = await openSession({ at: other })
    await request('c', 'tools/call', CALL)
    const taskId = await worker.called()
    reader.leave()
    await expect.poll(() => statusOf(taskId), { timeout: 10_000 }).toBe('cancelled')
    await other.close()
  })

  test('is told by the end of its stream that its coordinator ends, which leaves its calls', async () => {
    const other = await openCoordinator(store.url, { ...SETTINGS, onDisconnect: 'cancel' })
    const { reader, request } = await openSession({ at: other })
    await request('c', 'tools/call', CALL)
    const taskId = await worker.called()
    await other.close()
    await reader.ended
    expect(await statusOf(taskId)).toBe('working')
    await worker.finish(taskId)
  })
})

describe('a post is turned away', () => {
  const PING = { jsonrpc: '2.0', id: 1, method: 'ping' }

  test('of a session that is none, and of that of somebody else in the same words [R15 R17]', async () => {
    const { reader, endpoint } = await openSession()
    const at = (path: string, headers: Record<string, string>) => coordinator.call({ path, headers, body: PING })
    const foreign = await at(endpoint, BEN)
    expect(foreign.status).toBe(404)
    for (const path of ['/messages', '/messages?sessionId=', '/messages?sessionId=none', `${endpoint}&sessionId=x`])
      expect(await at(path, ANNA)).toMatchObject({ status: 404, body: foreign.body })
    reader.leave()
  })

  test('at a coordinator that does not have the stream', async () => {
    const other = await openCoordinator(store.url, SETTINGS)
    const { reader, endpoint } = await openSession()
    const answer = await other.call({ path: endpoint, headers: ANNA, body: PING })
    expect(answer).toMatchObject({
      status: 404,
      body: { error: { message: expect.stringContaining('another coordinator has it') } },
    })
    reader.leave()
    await other.close()
  })

  test('before there is a session, and initialize when there is one [R19]', async () => {
    const { reader, request, post } = await openStream()
    expect((await request(1, 'tools/list')).status).toBe(400)
    expect((await post({ jsonrpc: '2.0', method: 'notifications/initialized' })).status).toBe(400)
    await request(2, 'initialize', { protocolVersion: 7 })
    expect((await reader.nextMessage()).message).toMatchObject({ id: 2, error: { code: -32602 } })
    const params = { protocolVersion: '2024-11-05', capabilities: {}, clientInfo: { name: 'a', version: '1' } }
    await request(3, 'initialize', params)
    expect((await reader.nextMessage()).message).toMatchObject({ id: 3, result: {} })
    await request(4, 'initialize', params)
    expect((await reader.nextMessage()).message).toMatchObject({ id: 4, error: { code: -32600 } })
    reader.leave()
  })

  test('for what turns a message away at the other endpoint, in the same words [R1 R2 R3 R18]', async () => {
    const { reader, endpoint } = await openSession()
    const session = await coordinator.initialize({ headers: ANNA, protocolVersion: '2024-11-05' })
    const wrong = [
      { status: 401, headers: { authorization: '' } },
      { status: 401, headers: { authorization: 'Bearer wrong-wrong-wrong-wrong' } },
      { status: 403, headers: { origin: 'https://evil.example' } },
      { status: 403, headers: { host: 'evil.example' } },
      { status: 400, headers: { 'mcp-protocol-version': '1999-01-01' } },
      { status: 415, headers: { 'content-type': 'text/plain' } },
      { status: 400, body: '{' },
      { status: 400, body: [PING] },
      { status: 400, body: { id: 1, method: 'ping' } },
      { status: 413, body: 'x'.repeat(20_000) },
      { status: 405, method: 'PUT' },
    ]
    for (const { status, headers = {}, body = PING, method = 'POST' } of wrong) {
      const all = { ...session.headers, ...headers }
      const [here, there] = [
        await coordinator.call({ method, path: endpoint, headers: all, body }),
        await coordinator.call({ method, headers: all, body }),
      ]
      expect(here).toMatchObject({ status, body: there.body })
      expect(there.status).toBe(status)
    }
    reader.leave()
  })

  test('a page may read and post, as at the other endpoint [Z15]', async () => {
    const origin = 'http://localhost:5173'
    const asking = { origin, 'access-control-request-method': 'POST' }
    const preflight = await coordinator.call({ method: 'OPTIONS', path: '/messages', headers: asking })
    expect(preflight.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'POST',
    })
    const { reader } = await openStream({ headers: { ...ANNA, origin } })
    expect(reader.headers).toMatchObject({ 'access-control-allow-origin': origin })
    reader.leave()
  })
})
