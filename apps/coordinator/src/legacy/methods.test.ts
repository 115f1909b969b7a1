import { startStoreProxy, startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  openCoordinator,
  openWorker,
  type TestCoordinator,
  type TestSession,
  type TestWorker,
} from '../../test/coordinator.ts'

const ANNA = { authorization: 'Bearer anna-anna-anna-anna' }
const BEN = { authorization: 'Bearer ben-ben-ben-ben-ben' }

let store: TestStore
let coordinator: TestCoordinator
let worker: TestWorker
let anna: TestSession
let ben: TestSession
let june: TestSession
beforeAll(async () => {
  store = await startTestStore()
  worker = await openWorker(store.url)
  const apiKeys = ['anna=anna-anna-anna-anna', 'ben=ben-ben-ben-ben-ben']
  coordinator = await openCoordinator(store.url, { apiKeys, listPageSize: 2, maxArgumentBytes: 100 })
  ;[anna, ben, june] = await Promise.all([
    coordinator.initialize({ headers: ANNA }),
    coordinator.initialize({ headers: BEN }),
    coordinator.initialize({ headers: ANNA, protocolVersion: '2025-06-18' }),
  ])
})
afterAll(async () => {
  await coordinator.close()
  await worker.close()
  await store.stop()
})

test('a task is read together with the session of the request', async () => {
  const proxy = await startStoreProxy(store.url)
  const far = await openCoordinator(proxy.url, { apiKeys: ['anna=anna-anna-anna-anna'] })
  const session = await far.initialize({ headers: ANNA })
  const taskId = await session.createTask('look')
  const trips: number[] = []
  for (let time = 0; time < 5; time++) {
    const before = proxy.roundTrips
    expect(await session.request('tasks/get', { taskId })).toMatchObject({ body: { result: { taskId } } })
    trips.push(proxy.roundTrips - before)
  }
  // Others may be of its heartbeat.
  expect(Math.min(...trips)).toBe(1)
  await far.close()
  await proxy.stop()
})

describe('a method', () => {
  test.each([
    'tools/listen',
    '',
    'constructor',
    '__proto__',
    'toString',
    'hasOwnProperty',
    'initialize2',
    'tasks/delete',
  ])('that is not there is not found: %j', async (method) => {
    const answer = await anna.send({ id: 5, method })
    expect(answer.status).toBe(200)
    expect(answer.body).toEqual({ jsonrpc: '2.0', id: 5, error: { code: -32601, message: 'Method not found' } })
  })

  test.each(['tasks/get', 'tasks/result', 'tasks/list', 'tasks/cancel'])(
    '%s is not there in older revisions',
    async (method) => {
      const { body } = await june.request(method, { taskId: '00aaaaaaaaaaaaaaaaaaaaaa' })
      expect(body.error).toEqual({ code: -32601, message: 'Method not found' })
    },
  )

  test('knows nothing of a task in older revisions, whatever it is [T3]', async () => {
    const { body } = await june.request('tools/call', { name: 'none', task: 5 })
    expect(body.error).toEqual({ code: -32602, message: 'Unknown tool: none' })
  })

  test.each([
    ['tools/call', { arguments: {} }, 'name: expected string, received undefined'],
    ['tools/call', { name: 'look', arguments: [] }, 'arguments: expected record, received array'],
    ['tools/call', { name: 'look', task: { ttl: 'long' } }, 'task.ttl: expected number, received string'],
    [
      'tools/call',
      { name: 'look', _meta: { progressToken: 'x'.repeat(300) } },
      '_meta.progressToken: too long to be sent back',
    ],
    ['tasks/get', {}, 'taskId: expected string, received undefined'],
    ['tasks/result', { taskId: null }, 'taskId: expected string, received null'],
    ['tasks/list', { cursor: 7 }, 'cursor: expected string, received number'],
  ])('%s names the field that is wrong: %j', async (method, params, fault) => {
    const { status, body } = await anna.request(method, params)
    expect(status).toBe(200)
    expect(body.error).toEqual({ code: -32602, message: `Invalid params of ${method}: ${fault}.` })
  })
})

describe('tools', () => {
  test('are listed by name', async () => {
    const { body } = await anna.request('tools/list')
    expect(body.result.tools.map(({ name }: { name: string }) => name)).toEqual([
      'asks_first',
      'look',
      'only_plain',
      'only_task',
      'thinker',
    ])
    expect(body.result).not.toHaveProperty('nextCursor')
    expect((await anna.request('tools/list', { cursor: 'x' })).body.error).toEqual({
      code: -32602,
      message: 'Invalid cursor. Pass the nextCursor of a previous page, or none.',
    })
  })

  test.each([
    ['nowhere', {}, -32602, 'Unknown tool: nowhere'],
    ['constructor', {}, -32602, 'Unknown tool: constructor'],
    ['only_plain', { task: {} }, -32601, "The tool 'only_plain' does not run as a task; call it without 'task'."],
    ['only_task', {}, -32601, "The tool 'only_task' runs as a task only; call it with 'task'."],
    [
      'thinker',
      { task: {} },
      -32602,
      "The tool 'thinker' runs on your client's own model, which needs the client capability sampling.tools, and this client did not declare it. Give it a model where the workers run (ANTHROPIC_API_KEY, OPENAI_API_KEY or LONGHAUL_MODEL), or call it from a client that lends one.",
    ],
    [
      'look',
      { task: {}, arguments: { at: 'x'.repeat(100) } },
      -32602,
      'The arguments are 109 bytes; the most is 100 (LONGHAUL_MAX_ARGUMENT_BYTES).',
    ],
  ])('%s called with %j is refused', async (name, params, code, message) => {
    expect((await anna.request('tools/call', { name, ...params })).body.error).toMatchObject({ code, message })
  })

  test('ignore a wish for a task in revisions without tasks', async () => {
    const { body } = await june.request('tools/call', { name: 'only_task', task: {} })
    expect(body.error.message).toBe("The tool 'only_task' runs as a task only; call it with 'task'.")
  })

  test('called with arguments that do not fit make a task that failed and says why', async () => {
    const { body } = await anna.request('tools/call', { name: 'look', arguments: { at: 5 }, task: {} })
    const { taskId } = body.result.task
    expect((await anna.request('tasks/get', { taskId })).body.result.status).toBe('failed')
    const stream = await anna.stream('r', 'tasks/result', { taskId })
    const { message } = await stream.nextMessage()
    expect(message.result).toMatchObject({
      isError: true,
      content: [{ type: 'text', text: expect.stringMatching(/at/) }],
    })
  })
})

describe('a task', () => {
  test('is made, looked at, and kept as long as was asked', async () => {
    const { body } = await anna.request('tools/call', { name: 'look', task: { ttl: 100_000_000.5 } })
    const { task } = body.result
    expect(task).toEqual({
      taskId: expect.stringMatching(/^[0-9a-f]{2}[\w-]{22}$/),
      status: 'working',
      createdAt: expect.any(String),
      lastUpdatedAt: expect.any(String),
      ttl: 100_000_001,
      pollInterval: 1000,
    })
    expect((await anna.request('tasks/get', { taskId: task.taskId })).body.result).toEqual(task)
  })

  test('of somebody else is byte for byte one that never was', async () => {
    const taskId = await anna.createTask('look')
    const unknown = `${taskId.slice(0, 2)}${'A'.repeat(22)}`
    for (const method of ['tasks/get', 'tasks/result', 'tasks/cancel']) {
      const answers = await Promise.all(
        [taskId, unknown, 'no id'].map((id) => ben.send({ id: 1, method, params: { taskId: id } })),
      )
      for (const { status, body } of answers)
        expect({ status, body }).toEqual({
          status: 200,
          body: { jsonrpc: '2.0', id: 1, error: { code: -32602, message: 'Task not found' } },
        })
    }
    expect((await ben.request('tasks/list')).body.result).toEqual({ tasks: [] })
    expect((await anna.request('tasks/get', { taskId })).body.result.status).toBe('working')
  })

  test('is cancelled once', async () => {
    const taskId = await anna.createTask('look')
    const cancel = () => anna.request('tasks/cancel', { taskId })
    expect((await cancel()).body.result).toMatchObject({ taskId, status: 'cancelled' })
    expect((await cancel()).body.error).toEqual({
      code: -32602,
      message: 'Cannot cancel the task: it is over already.',
    })
    const { message } = await (await anna.stream('r', 'tasks/result', { taskId })).nextMessage()
    expect(message.error).toMatchObject({ code: -32603, message: 'Task cancelled' })
  })

  test('is listed with those of its owner, newest first, page by page', async () => {
    const ids = [await ben.createTask('look'), await ben.createTask('look'), await ben.createTask('look')]
    const first = (await ben.request('tasks/list')).body.result
    const second = (await ben.request('tasks/list', { cursor: first.nextCursor })).body.result
    const listed = [...first.tasks, ...second.tasks].map(({ taskId }: { taskId: string }) => taskId)
    expect(listed.toSorted()).toEqual(ids.toSorted())
    expect(first.tasks).toHaveLength(2)
    expect(second).not.toHaveProperty('nextCursor')
    const wrong = (await ben.request('tasks/list', { cursor: 'made up' })).body.error
    expect(wrong.code).toBe(-32602)
  })
})
