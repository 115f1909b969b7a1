import { startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  FORM,
  openCoordinator,
  openWorker,
  type TestCoordinator,
  type TestSession,
  type TestWorker,
} from '../../test/coordinator.ts'

const ANNA = { authorization: 'Bearer anna-anna-anna-anna' }
const BEN = { authorization: 'Bearer ben-ben-ben-ben-ben' }

let store: TestStore
let one: TestCoordinator
let other: TestCoordinator
let worker: TestWorker
let anna: TestSession
beforeAll(async () => {
  store = await startTestStore()
  worker = await openWorker(store.url)
  const apiKeys = ['anna=anna-anna-anna-anna', 'ben=ben-ben-ben-ben-ben']
  ;[one, other] = await Promise.all([openCoordinator(store.url, { apiKeys }), openCoordinator(store.url, { apiKeys })])
  anna = await one.initialize({ headers: ANNA, capabilities: { elicitation: {}, sampling: { tools: {} } } })
})
afterAll(async () => {
  await Promise.all([one.close(), other.close()])
  await worker.close()
  await store.stop()
})

const answer = (id: string, ok: unknown) => ({ id, result: { action: 'accept', content: { ok } } })

/** A task that asks to go on, and a stream that waits for its end. */
async function askingTask(id: string) {
  const taskId = await anna.createTask('look')
  await worker.ask(taskId, { key: 'q1', question: FORM })
  const stream = await anna.stream(id, 'tasks/result', { taskId })
  return { taskId, stream, asked: await stream.nextMessage('elicitation/create') }
}

test('a question is shown where its task is waited for, and an answer to it is taken anywhere', async () => {
  const { taskId, stream, asked } = await askingTask('r1')
  expect(asked.message).toEqual({
    jsonrpc: '2.0',
    id: `${taskId}.q1.1`,
    method: 'elicitation/create',
    params: {
      message: 'Go on?',
      requestedSchema: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] },
      _meta: { 'io.modelcontextprotocol/related-task': { taskId } },
    },
  })
  expect((await anna.request('tasks/get', { taskId })).body.result.status).toBe('input_required')
  expect((await anna.send(answer(asked.message.id, true), other.address)).status).toBe(202)
  expect((await anna.request('tasks/get', { taskId })).body.result.status).toBe('working')
  await worker.finish(taskId)
  expect((await stream.nextMessage()).message).toEqual({
    jsonrpc: '2.0',
    id: 'r1',
    result: {
      content: [{ type: 'text', text: 'seen' }],
      _meta: { 'io.modelcontextprotocol/related-task': { taskId } },
    },
  })
  await stream.ended
})

test('an answer that does not fit is refused with the reason, and asked again under a new id, three times at most', async () => {
  const { taskId, stream, asked } = await askingTask('r2')
  const say = (id: string, ok: unknown) => anna.send(answer(id, ok))

  const refused = await say(asked.message.id, 'yes')
  expect(refused.status).toBe(400)
  expect(refused.body).toEqual({
    jsonrpc: '2.0',
    error: {
      code: -31000,
      message: 'The answer does not fit its question: ok must be boolean. It is asked again.',
    },
  })
  const { status, statusMessage } = (await anna.request('tasks/get', { taskId })).body.result
  expect(status).toBe('input_required')
  expect(statusMessage).toBe("The answer to 'q1' does not fit: ok must be boolean")

  const again = await stream.nextMessage('elicitation/create')
  expect(again.message.id).toBe(`${taskId}.q1.2`)
  const malformed = await anna.send({ id: again.message.id, result: { action: 'perhaps' } })
  expect(malformed.body.error.message).toBe(
    'The answer does not fit its question: action: expected one of "accept"|"decline"|"cancel". It is asked again.',
  )

  const third = await stream.nextMessage('elicitation/create')
  expect(third.message.id).toBe(`${taskId}.q1.3`)
  expect((await say(third.message.id, 1)).body.error.message).toBe(
    'The answer does not fit its question: ok must be boolean. It was the last try.',
  )
  expect((await anna.request('tasks/get', { taskId })).body.result.status).toBe('working')
  const { journal } = await worker.claim(taskId)
  expect(journal).toMatchObject([
    {
      key: 'q1',
      type: 'error',
      error: { message: '3 answers did not fit the question; the last: ok must be boolean' },
    },
  ])
  stream.leave()
})

test.each([
  ['no object', { result: 'yes' }, 'expected object, received string'],
  ['nothing', { error: null }, 'expected object, received undefined'],
])('an answer that is %s does not fit, and is asked again', async (what, said, reason) => {
  const { taskId, stream, asked } = await askingTask(`not ${what}`)
  expect(await anna.send({ id: asked.message.id, ...said })).toMatchObject({
    status: 400,
    body: { error: { code: -31000, message: `The answer does not fit its question: ${reason}. It is asked again.` } },
  })
  expect((await stream.nextMessage('elicitation/create')).message.id).toBe(`${taskId}.q1.2`)
  stream.leave()
})

test('an answer to any showing counts, and one that comes too late does nothing', async () => {
  const { taskId, stream, asked } = await askingTask('r3')
  await anna.send(answer(asked.message.id, 'no boolean'))
  await stream.nextMessage('elicitation/create')
  expect((await anna.send(answer(asked.message.id, true))).status).toBe(202)
  expect((await anna.send(answer(`${taskId}.q1.2`, false))).status).toBe(202)
  const { journal } = await worker.claim(taskId)
  expect(journal).toMatchObject([{ key: 'q1', type: 'value', value: { action: 'accept', content: { ok: true } } }])
  stream.leave()
})

test('a refusal fails the step with what the client said', async () => {
  const { taskId, stream, asked } = await askingTask('r4')
  expect((await anna.send({ id: asked.message.id, error: { code: -1, message: 'User said no' } })).status).toBe(202)
  const { journal } = await worker.claim(taskId)
  expect(journal).toMatchObject([
    {
      type: 'error',
      error: { code: -1, message: 'The user of the client rejected the request: User said no' },
    },
  ])
  stream.leave()
})

test('an answer of somebody else looks taken, and changes nothing', async () => {
  const { taskId, stream, asked } = await askingTask('r5')
  const ben = await one.initialize({ headers: BEN, capabilities: { elicitation: {} } })
  expect((await ben.send(answer(asked.message.id, true))).status).toBe(202)
  expect((await ben.send(answer(asked.message.id, 'no boolean'))).status).toBe(202)
  expect((await anna.request('tasks/get', { taskId })).body.result).toMatchObject({ status: 'input_required' })
  stream.leave()
})

describe('names that a client makes up', () => {
  test.each(['__proto__', 'constructor', 'q1.1', '*'])('reach no question: %j', async (key) => {
    const { taskId, stream } = await askingTask(`p${key}`)
    expect((await anna.send(answer(`${taskId}.${key}.1`, true))).status).toBe(202)
    expect((await anna.request('tasks/get', { taskId })).body.result.status).toBe('input_required')
    stream.leave()
  })
})

test('a client that polls is asked on the stream of its session', async () => {
  const session = await one.initialize({ headers: ANNA, capabilities: { elicitation: {} } })
  const stream = await session.listen({ address: other.address })
  const taskId = await session.createTask('look')
  await worker.ask(taskId, { key: 'q1', question: FORM })
  await session.request('tasks/get', { taskId })
  const { message } = await stream.nextMessage('elicitation/create')
  expect(message.id).toMatch(new RegExp(`^${taskId}\\.q1\\.\\d$`))
  expect((await session.send(answer(message.id, true))).status).toBe(202)
  await worker.finish(taskId)
  const statuses: string[] = []
  while (statuses.at(-1) !== 'completed') {
    statuses.push((await stream.nextMessage('notifications/tasks/status')).message.params.status)
  }
  expect(statuses).toEqual(['working', 'completed'])
  stream.leave()
})

test('a client that takes a task up is not asked on the stream of its session before it can have been told of it', async () => {
  const taskId = await anna.createTask('look')
  await worker.ask(taskId, { key: 'q1', question: FORM })
  const later = await one.initialize({ headers: ANNA, capabilities: { elicitation: {} } })
  const stream = await later.listen({ address: other.address })
  const askedAt = Date.now()
  await later.request('tasks/get', { taskId })
  await stream.nextMessage('elicitation/create')
  expect(Date.now() - askedAt).toBeGreaterThanOrEqual(500)
  stream.leave()
})

test('a client is not asked on the stream of its session before it can have the handle of the task', async () => {
  const stream = await anna.listen()
  const { body } = await anna.request('tools/call', { name: 'look', arguments: {}, task: {} })
  const { taskId, createdAt } = body.result.task
  await worker.ask(taskId, { key: 'q1', question: FORM })
  await stream.nextMessage('elicitation/create')
  expect(Date.now() - Date.parse(createdAt)).toBeGreaterThanOrEqual(500)
  stream.leave()
})

test('what was asked before a session had its stream is asked when it opens, unless another stream shows it [T28 T29]', async () => {
  const session = await one.initialize({ headers: ANNA, capabilities: { elicitation: {} } })
  const shown = await session.createTask('look')
  const taskId = await session.createTask('look')
  for (const id of [shown, taskId]) await worker.ask(id, { key: 'q1', question: FORM })
  const result = await session.stream('r', 'tasks/result', { taskId: shown })
  await result.nextMessage('elicitation/create')

  const stream = await session.listen({ address: other.address })
  const asked = await stream.nextMessage('elicitation/create')
  expect(asked.message.id).toBe(`${taskId}.q1.1`)
  await session.send(answer(asked.message.id, true))
  await worker.finish(taskId)
  const later: string[] = []
  while (later.at(-1) !== 'completed') {
    const { method, params } = (await stream.next()).message
    later.push(method === 'notifications/tasks/status' ? params.status : method)
  }
  expect(later).toEqual(['working', 'completed'])
  for (const one of [result, stream]) one.leave()
})
