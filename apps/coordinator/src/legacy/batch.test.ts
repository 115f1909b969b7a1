import { findKeyLeaks, startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import {
  openCoordinator,
  openWorker,
  type TestCoordinator,
  type TestSession,
  type TestWorker,
} from '../../test/coordinator.ts'
import { EventReader } from '../../test/event-reader.ts'
import { open } from '../../test/http.ts'

const MOST = 5
let store: TestStore
let worker: TestWorker
let coordinator: TestCoordinator
let session: TestSession
beforeAll(async () => {
  store = await startTestStore()
  worker = await openWorker(store.url)
  coordinator = await openCoordinator(store.url, { maxBatchMessages: MOST })
  session = await coordinator.initialize({ protocolVersion: '2025-03-26', capabilities: { roots: {} } })
})
afterAll(async () => {
  await coordinator.close()
  await worker.close()
  await store.stop()
})
afterEach(async () => expect(await findKeyLeaks(store.url)).toEqual([]))

const request = (id: string | number, method: string, params?: object) => ({
  jsonrpc: '2.0',
  id,
  method,
  ...(params && { params }),
})
const notification = (method: string, params?: object) => ({ jsonrpc: '2.0', method, ...(params && { params }) })
const look = (id: string | number, at: string) => request(id, 'tools/call', { name: 'look', arguments: { at } })

const send = (body: readonly unknown[], { headers }: Pick<TestSession, 'headers'> = session) =>
  coordinator.call({ headers, body })
const stream = async (body: readonly unknown[], { address } = coordinator, { headers } = session) =>
  new EventReader(await open(address, { headers, body }))

/** Claims the tasks of calls, once they are there: their ids by where they look. */
async function tasksOf(count: number): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>()
  while (found.size < count) {
    const taskId = await worker.called()
    const { args } = await worker.claim(taskId)
    found.set(String(args.at), taskId)
  }
  return found
}
const statusOf = async (taskId: string) => {
  const reader = await coordinator.initialize()
  const { body } = await reader.request('tasks/get', { taskId })
  return body.result.status
}

describe('a batch', () => {
  test('of requests that are answered at once is answered with one array [R8]', async () => {
    const { status, headers, body } = await send([
      request(1, 'ping'),
      notification('notifications/roots/list_changed'),
      request('two', 'no/such'),
      request(3, 'tools/call', { name: 'nowhere' }),
    ])
    expect(status).toBe(200)
    expect(headers['content-type']).toMatch('application/json')
    expect(body).toHaveLength(3)
    expect(body).toEqual(
      expect.arrayContaining([
        { jsonrpc: '2.0', id: 1, result: {} },
        { jsonrpc: '2.0', id: 'two', error: { code: -32601, message: 'Method not found' } },
        { jsonrpc: '2.0', id: 3, error: { code: -32602, message: 'Unknown tool: nowhere' } },
      ]),
    )
  })

  test('of one request is answered with an array, too [R8]', async () => {
    expect((await send([request(1, 'ping')])).body).toEqual([{ jsonrpc: '2.0', id: 1, result: {} }])
  })

  test('without requests is taken without a word [R7 R8]', async () => {
    const unknown = { jsonrpc: '2.0', id: 'none-of-ours', result: {} }
    expect(await send([notification('notifications/initialized'), unknown])).toMatchObject({
      status: 202,
      body: undefined,
    })
  })

  test('in which a request has to wait is answered on one stream, each response when it is there [R8 R9]', async () => {
    const reader = await stream([request('p', 'ping'), look('a', 'here'), look('b', 'there')])
    expect(reader.headers).toMatchObject({ 'content-type': 'text/event-stream' })
    expect((await reader.nextMessage()).message).toEqual({ jsonrpc: '2.0', id: 'p', result: {} })

    const first = await worker.called()
    await worker.ask(first, { key: 'where', question: { method: 'roots/list' } })
    const second = await worker.called()
    await worker.finish(second, { kind: 'result', result: { content: [{ type: 'text', text: 'second' }] } })
    const messages = [(await reader.next()).message, (await reader.next()).message]
    const asked = messages.find(({ method }) => method === 'roots/list')
    expect(messages).toContainEqual({
      jsonrpc: '2.0',
      id: expect.stringMatching(/^[ab]$/),
      result: { content: [{ type: 'text', text: 'second' }] },
    })

    const answer = { jsonrpc: '2.0', id: asked.id, result: { roots: [{ uri: 'file:///a' }] } }
    const malformed = { ...answer, result: { roots: 'a' } }
    expect(await send([notification('notifications/initialized'), malformed])).toMatchObject({ status: 400 })
    const again = (await reader.nextMessage('roots/list')).message
    expect(await send([request(9, 'ping'), { ...answer, id: again.id }])).toMatchObject({
      status: 200,
      body: [{ id: 9, result: {} }],
    })
    await worker.finish(first)
    const last = await reader.next()
    expect(last).toMatchObject({ id: undefined, message: { result: { content: [{ text: 'seen' }] } } })
    await reader.ended
  })

  test('has no response to a request that its client cancelled, and ends without it [R10 F21]', async () => {
    const reader = await stream([look('gone', 'gone'), look('kept', 'kept')])
    const tasks = await tasksOf(2)
    const cancel = notification('notifications/cancelled', { requestId: 'gone' })
    expect((await send([cancel])).status).toBe(202)
    await expect.poll(() => statusOf(tasks.get('gone') ?? ''), { timeout: 10_000 }).toBe('cancelled')
    await session.send({ method: 'notifications/cancelled', params: { requestId: 'kept' } })
    await reader.ended
    await expect(reader.next()).rejects.toThrow('The stream ended.')
  })

  test('that its client leaves goes on, and can still be cancelled [R10]', async () => {
    const other = await openCoordinator(store.url)
    const reader = await stream([look('x', 'x'), look('y', 'y')], other)
    const tasks = await tasksOf(2)
    reader.leave()
    // It notes what it leaves.
    await other.close()
    for (const [requestId, taskId] of tasks) {
      expect(await statusOf(taskId)).toBe('working')
      await session.send({ method: 'notifications/cancelled', params: { requestId } })
      expect(await statusOf(taskId)).toBe('cancelled')
    }
  })

  test('that its client leaves is cancelled where a coordinator is told so', async () => {
    const other = await openCoordinator(store.url, { onDisconnect: 'cancel' })
    const reader = await stream([look('v', 'v'), look('w', 'w')], other)
    const tasks = await tasksOf(2)
    reader.leave()
    for (const taskId of tasks.values())
      await expect.poll(() => statusOf(taskId), { timeout: 10_000 }).toBe('cancelled')
    await other.close()
  })

  test.each([
    { what: 'is empty', batch: [], why: 'The batch cannot be taken: it is empty.' },
    {
      what: 'initializes',
      batch: [request(1, 'ping'), request(2, 'initialize', {})],
      why: 'The batch cannot be taken: initialize must be sent by itself.',
    },
    {
      what: 'has an id twice',
      batch: [look(1, 'never'), request(1, 'ping')],
      why: 'The batch cannot be taken: two of its requests have the same id.',
    },
    {
      what: 'is too long',
      batch: Array.from({ length: MOST + 1 }, (_, id) => look(id, 'never')),
      why: 'The batch cannot be taken: it has 6 messages; the most is 5 (LONGHAUL_MAX_BATCH_MESSAGES).',
    },
    {
      what: 'has what is no message',
      batch: [look(1, 'never'), 7],
      why: 'Invalid request: it has no "jsonrpc": "2.0".',
    },
    {
      what: 'has a batch in it',
      batch: [look(1, 'never'), [request(2, 'ping')]],
      why: 'This revision has no batches; send one message per request.',
    },
  ])('that $what is refused, and nothing of it is done [R8]', async ({ batch, why }) => {
    const reader = await coordinator.initialize()
    const before = (await reader.request('tasks/list')).body.result.tasks.length
    expect(await send(batch)).toMatchObject({
      status: 400,
      body: { jsonrpc: '2.0', error: { code: -32600, message: why } },
    })
    expect((await reader.request('tasks/list')).body.result.tasks).toHaveLength(before)
  })

  test.each(['2024-11-05', '2025-06-18', '2025-11-25'])('is refused where %s was agreed on [R8]', async (version) => {
    const other = await coordinator.initialize({ protocolVersion: version })
    expect(await send([request(1, 'ping')], other)).toMatchObject({
      status: 400,
      body: { error: { code: -32600, message: 'This revision has no batches; send one message per request.' } },
    })
  })

  test('is of a session, which must be known [R15]', async () => {
    const batch = [request(1, 'ping')]
    expect((await send(batch, { headers: {} })).status).toBe(400)
    expect((await send(batch, { headers: { 'mcp-session-id': 'none' } })).status).toBe(404)
  })
})
