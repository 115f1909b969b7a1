import { text } from '@longhaul/task'
import { startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  FORM,
  openCoordinator,
  openWorker,
  type TestCoordinator,
  type TestWorker,
  untilHeard,
} from '../../test/coordinator.ts'
import { ModernClient, TASKS } from '../../test/modern-client.ts'

let store: TestStore
let one: TestCoordinator
let other: TestCoordinator
let worker: TestWorker
let anna: ModernClient
let elsewhere: ModernClient
let ben: ModernClient
beforeAll(async () => {
  store = await startTestStore()
  worker = await openWorker(store.url)
  const apiKeys = ['anna=anna-anna-anna-anna', 'ben=ben-ben-ben-ben-ben']
  ;[one, other] = await Promise.all([openCoordinator(store.url, { apiKeys }), openCoordinator(store.url, { apiKeys })])
  anna = new ModernClient(one.address, 'anna-anna-anna-anna')
  elsewhere = new ModernClient(other.address, 'anna-anna-anna-anna')
  ben = new ModernClient(other.address, 'ben-ben-ben-ben-ben')
})
afterAll(async () => {
  await Promise.all([one.close(), other.close()])
  await worker.close()
  await store.stop()
})

const FORMS = { elicitation: {} }
const call = { name: 'look', arguments: { at: 'here', depth: 2 } }
const ok = { q1: { action: 'accept', content: { ok: true } } }

/** The task of a call that was just made; nobody else made one meanwhile. */
async function newestTask(): Promise<string> {
  const session = await one.initialize({ headers: { authorization: 'Bearer anna-anna-anna-anna' } })
  const { body } = await session.request('tasks/list')
  return body.result.tasks[0].taskId
}

/** A call that was answered with a question, and the state to come back with. */
async function firstRound() {
  const stream = await anna.stream('tools/call', call, { id: 'c', capabilities: FORMS })
  const taskId = await newestTask()
  await worker.ask(taskId, { key: 'q1', question: FORM })
  const { message } = await stream.nextMessage()
  await stream.ended
  return { taskId, message, requestState: message.result.requestState as string }
}

/** Until the task asks nothing any more. */
const isAnswered = (taskId: string) =>
  expect
    .poll(async () => (await anna.ask('tasks/get', { taskId }, { capabilities: TASKS })).body.result?.status)
    .toBe('working')

test('a call is answered when its task is over, with progress and log messages as the request wants [F5 F20 R26]', async () => {
  const meta = { progressToken: 'p', 'io.modelcontextprotocol/logLevel': 'warning' }
  const stream = await anna.stream('tools/call', call, { id: 'c', meta })
  expect(stream.headers).toMatchObject({ 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' })
  expect(stream.headers).not.toHaveProperty('mcp-session-id')
  const { ledger } = await worker.claim(await newestTask())
  await ledger.progress({ progress: 1, total: 2, message: 'half' })
  await ledger.log('info', 'not wanted')
  await ledger.log('error', { what: 'wanted' }, 'tool')
  await ledger.finish({ entries: [], waits: [], outcome: { kind: 'result', result: { content: [text('seen')] } } })
  const messages = [await stream.next(), await stream.next(), await stream.next()].map(({ message }) => message)
  expect(messages).toEqual([
    {
      jsonrpc: '2.0',
      method: 'notifications/progress',
      params: { progressToken: 'p', progress: 1, total: 2, message: 'half' },
    },
    {
      jsonrpc: '2.0',
      method: 'notifications/message',
      params: { level: 'error', logger: 'tool', data: { what: 'wanted' } },
    },
    {
      jsonrpc: '2.0',
      id: 'c',
      result: { resultType: 'complete', content: [text('seen')], _meta: expect.anything() },
    },
  ])
  await stream.ended
})

test('a call hears how far its task had come before its stream was there, and of nothing twice [F20]', async () => {
  const { taskId, requestState } = await firstRound()
  await anna.ask('tasks/update', { taskId, inputResponses: ok }, { capabilities: TASKS })
  const { ledger } = await worker.claim(taskId)
  await ledger.progress({ progress: 1, total: 2 })
  const again = { ...call, requestState }
  const stream = await elsewhere.stream('tools/call', again, { capabilities: FORMS, meta: { progressToken: 'p' } })
  const told = async () => (await stream.next()).message.params?.progress
  expect(await told()).toBe(1)
  await ledger.progress({ progress: 2, total: 2 })
  expect(await told()).toBe(2)
  await ledger.finish({ entries: [], waits: [], outcome: { kind: 'result', result: { content: [text('seen')] } } })
  expect((await stream.next()).message.result).toMatchObject({ content: [text('seen')] })
})

test('a call that wants the least log messages hears what models say while they say it', async () => {
  const meta = { 'io.modelcontextprotocol/logLevel': 'debug' }
  const stream = await anna.stream('tools/call', call, { meta })
  const { ledger } = await worker.claim(await newestTask())
  const delta = { step: 'm1', attempt: 1, model: 'a/b', kind: 'text', offset: 0, text: 'Sunny' } as const
  const first = stream.next()
  await untilHeard(first, () => ledger.delta(delta))
  expect((await first).message).toEqual({
    jsonrpc: '2.0',
    method: 'notifications/message',
    params: { level: 'debug', logger: 'model', data: delta },
  })
  await ledger.finish({ entries: [], waits: [], outcome: { kind: 'error', error: { code: 7, message: 'broken' } } })
})

test('a call that asks for neither hears of neither', async () => {
  const stream = await anna.stream('tools/call', call)
  const { ledger } = await worker.claim(await newestTask())
  await ledger.progress({ progress: 1 })
  await ledger.log('emergency', 'not wanted')
  await ledger.delta({ step: 'm1', attempt: 1, model: 'a/b', kind: 'text', offset: 0, text: 'not wanted' })
  await ledger.finish({ entries: [], waits: [], outcome: { kind: 'error', error: { code: 7, message: 'broken' } } })
  expect((await stream.next()).message.error).toEqual({ code: 7, message: 'broken' })
})

test('a question ends the round; the answer goes on at any coordinator [P13 P14 P17]', async () => {
  const { taskId, message, requestState } = await firstRound()
  expect(message).toEqual({
    jsonrpc: '2.0',
    id: 'c',
    result: {
      resultType: 'input_required',
      inputRequests: {
        q1: { method: 'elicitation/create', params: { message: 'Go on?', requestedSchema: expect.anything() } },
      },
      requestState: expect.any(String),
      _meta: expect.anything(),
    },
  })
  const again = { ...call, arguments: { depth: 2, at: 'here' }, inputResponses: ok, requestState }
  const stream = await elsewhere.stream('tools/call', again, { capabilities: FORMS })
  await isAnswered(taskId)
  await worker.finish(taskId)
  expect((await stream.nextMessage()).message.result).toMatchObject({ resultType: 'complete', content: [text('seen')] })

  // Sent again, because its response was lost, it finds the same task, and nothing is done twice.
  const lost = await anna.stream('tools/call', again, { capabilities: FORMS })
  expect((await lost.nextMessage()).message.result).toMatchObject({ content: [text('seen')] })
})

test.each([
  ['nothing', undefined],
  ['another key', { other: ok.q1 }],
  ['what does not fit', { q1: { action: 'accept', content: { ok: 'yes' } } }],
  ['what is no answer', { q1: { nothing: true } }],
])('a client that brings %s is asked again, with a new state [P18]', async (_, inputResponses) => {
  const { requestState } = await firstRound()
  const again = { ...call, requestState, ...(inputResponses && { inputResponses }) }
  const stream = await elsewhere.stream('tools/call', again, { capabilities: FORMS })
  const { result } = (await stream.nextMessage()).message
  expect(result).toMatchObject({ resultType: 'input_required', inputRequests: { q1: expect.anything() } })
})

test('a client may answer what it has not been asked yet; what nobody asks is ignored', async () => {
  const stream = await anna.stream(
    'tools/call',
    { ...call, inputResponses: { ...ok, other: {} } },
    { capabilities: FORMS },
  )
  const taskId = await newestTask()
  await worker.ask(taskId, { key: 'q1', question: FORM })
  await isAnswered(taskId)
  expect((await worker.claim(taskId)).journal.at(-1)).toMatchObject({ key: 'q1', value: { action: 'accept' } })
  stream.leave()
})

test('a tool that asks before its work gives a client its task once that is answered [U12]', async () => {
  const asking = { name: 'asks_first', arguments: {} }
  const capabilities = { ...TASKS, elicitation: {} }
  const stream = await anna.stream('tools/call', asking, { capabilities })
  const taskId = await newestTask()
  await worker.ask(taskId, { key: 'q1', question: FORM })
  const { result: first } = (await stream.nextMessage()).message
  expect(first).toMatchObject({ resultType: 'input_required', inputRequests: { q1: expect.anything() } })
  expect(first).not.toHaveProperty('taskId')
  const again = { ...asking, requestState: first.requestState, inputResponses: ok }
  const { result: second } = (await (await elsewhere.stream('tools/call', again, { capabilities })).nextMessage())
    .message
  expect(second).toMatchObject({ resultType: 'task', taskId, status: 'working' })
  expect(second).not.toHaveProperty('requestState')
})

test('a state is good for its call and its principal only, and as it was given [P16]', async () => {
  const { requestState } = await firstRound()
  const refused = async (client: ModernClient, changed: object) => {
    const { status, body } = await client.ask(
      'tools/call',
      { ...call, requestState, ...changed },
      { capabilities: FORMS },
    )
    expect(body.error).toEqual({
      code: -32602,
      message: 'The requestState cannot be used: it was not given out for this call. Call again without it.',
    })
    expect(status).toBe(200)
  }
  await refused(ben, {})
  await refused(anna, { arguments: { at: 'there', depth: 2 } })
  await refused(anna, { name: 'only_plain' })
  await refused(anna, { requestState: `x${requestState}` })
  await refused(anna, { requestState: requestState.slice(0, -1) })
  await refused(anna, { requestState: '' })
})

test('a client is not asked what it did not declare: its call waits for somebody else to answer [P15]', async () => {
  const stream = await anna.stream('tools/call', call)
  const taskId = await newestTask()
  await worker.ask(taskId, { key: 'q1', question: FORM })
  await elsewhere.ask('tasks/update', { taskId, inputResponses: ok }, { capabilities: TASKS })
  await worker.finish(taskId)
  expect((await stream.next()).message.result).toMatchObject({ resultType: 'complete' })
})

test('a client that closes its request cancels its call [R27]', async () => {
  const stream = await anna.stream('tools/call', call)
  const taskId = await newestTask()
  stream.leave()
  await expect
    .poll(async () => (await anna.ask('tasks/get', { taskId }, { capabilities: TASKS })).body.result)
    .toMatchObject({ status: 'cancelled', statusMessage: 'The client closed its request.' })
})

test('a coordinator that ends sends its waiting clients to another [P20]', async () => {
  const ending = await openCoordinator(store.url, { apiKeys: ['anna=anna-anna-anna-anna'] })
  const stream = await new ModernClient(ending.address, 'anna-anna-anna-anna').stream('tools/call', call)
  const taskId = await newestTask()
  await ending.close()
  const { result } = (await stream.nextMessage()).message
  expect(result).toEqual({ resultType: 'input_required', requestState: expect.any(String), _meta: expect.anything() })
  const next = await elsewhere.stream('tools/call', { ...call, requestState: result.requestState })
  await worker.finish(taskId)
  expect((await next.nextMessage()).message.result).toMatchObject({ resultType: 'complete', content: [text('seen')] })
})

test('progress that came before anybody listened is told, once', async () => {
  const stream = await anna.stream('tools/call', call, { id: 'c', meta: { progressToken: 'p' } })
  const { ledger } = await worker.claim(await newestTask())
  for (const progress of [1, 2, 3]) await ledger.progress({ progress })
  await ledger.finish({ entries: [], waits: [], outcome: { kind: 'result', result: { content: [] } } })
  const told: number[] = []
  for (let next = await stream.next(); next.message.id === undefined; next = await stream.next()) {
    told.push(next.message.params.progress)
  }
  expect(told.at(-1)).toBe(3)
  expect(told).toEqual([...new Set(told)].sort())
})
