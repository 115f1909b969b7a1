import { Connection, RedisTaskStore } from '@longhaul/store'
import { childTaskId, NO_DEADLINE, readSettings, type Wait } from '@longhaul/task'
import { startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { FORM, openCoordinator, openWorker, type TestCoordinator, type TestWorker } from '../../test/coordinator.ts'
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
  const approver = 'eve=eve-eve-eve-eve-eve tasks:read tasks:answer'
  const apiKeys = ['anna=anna-anna-anna-anna', 'ben=ben-ben-ben-ben-ben', approver]
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

const FORMS = { ...TASKS, elicitation: {} }
const get = async (taskId: string, capabilities: object = FORMS) =>
  (await elsewhere.ask('tasks/get', { taskId }, { capabilities })).body

test('a call of a client that takes tasks is answered with one, that any coordinator knows [U8 U9]', async () => {
  const params = { name: 'look', arguments: { at: 'here' }, task: { ttl: 1 } }
  const { status, body } = await anna.ask('tools/call', params, { capabilities: TASKS })
  expect(status).toBe(200)
  const { taskId, createdAt, ...rest } = body.result
  expect(rest).toEqual({
    resultType: 'task',
    status: 'working',
    lastUpdatedAt: createdAt,
    ttlMs: 86_400_000,
    pollIntervalMs: 1000,
    _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'longhaul', version: '0.1.0' } },
  })
  expect((await get(taskId)).result).toMatchObject({ resultType: 'complete', taskId, status: 'working', createdAt })
})

test('a tool that runs as a task only needs a client that takes tasks [U3]', async () => {
  const { status, body } = await anna.ask('tools/call', { name: 'only_task' })
  expect([status, body.error.code, body.error.data]).toEqual([400, -32021, { requiredCapabilities: TASKS }])
})

test('a tool that needs a model needs a client that lends one', async () => {
  const capabilities = { ...TASKS, sampling: {} }
  const { status, body } = await anna.ask('tools/call', { name: 'thinker' }, { capabilities })
  expect([status, body.error.code]).toEqual([400, -32021])
  expect(body.error.data).toEqual({ requiredCapabilities: { sampling: { tools: {} } } })
})

test('a task works on whose child has ended with its question, also before it has been told', async () => {
  const taskId = await anna.createTask('look')
  const parent = await worker.claim(taskId)
  const id = childTaskId(taskId, 'c')
  const lineage = { ancestors: [taskId], step: { key: 'c', input: '' }, queue: 'default' }
  const wait: Wait = { wait: 'child', key: 'c', kind: 'child', input: '', at: 1, deadline: NO_DEADLINE, taskId: id }
  const children = [{ id, head: { ...parent.head, lineage }, args: {} }]
  await parent.ledger.suspend({ entries: [], waits: [wait], children, dueAt: NO_DEADLINE })
  await worker.ask(id, { key: 'q1', question: FORM })
  expect((await get(taskId)).result).toMatchObject({ status: 'input_required', inputRequests: { [`${id}/q1`]: {} } })
  // Whoever ended it has died before it told the parent.
  const connection = new Connection({ url: store.url, settings: readSettings({}), whenAway: 'fail' })
  onTestFinished(() => connection.close())
  const tasks = new RedisTaskStore(connection, readSettings({}))
  const child = await tasks.read(id)
  if (child) await tasks.cancel(child, 'no')
  expect((await get(taskId)).result).toMatchObject({ status: 'working' })
})

test('the command line is shown what a budget asks, which has no deadline', async () => {
  const meta = { 'dev.longhaul/budget': { turns: 0, atLimit: 'ask' } }
  const { body } = await anna.ask('tools/call', { name: 'look' }, { capabilities: FORMS, meta })
  const { taskId } = body.result
  const { ledger } = await worker.claim(taskId)
  const reservation = { step: 'm1', most: { tokens: 0, nanoUsd: 0, turns: 1, toolCalls: 0 } }
  const saved = await ledger.save({ entries: [], waits: [], reservations: [reservation] })
  const shortage = saved.kind === 'saved' ? saved.shortages?.[0] : undefined
  if (!shortage) return expect.fail('There is room.')
  const wait = { wait: 'timer', key: 'm1!b1', kind: 'budget', input: '', at: 1, deadline: NO_DEADLINE } as const
  await ledger.awaitBudget({ reservation, shortage, wait, question: FORM })
  const questions = [{ key: 'budget!1', for: 'person', message: 'Go on?', fields: FORM.requestedSchema }]
  const look = await anna.ask('longhaul/tasks/get', { taskId })
  expect(look.body.result?.task.questions).toEqual(questions)
  expect((await anna.ask('longhaul/tasks/asking')).body.result?.tasks).toMatchObject([{ taskId, questions }])
  await anna.ask('longhaul/tasks/cancel', { taskId })
})

test('what a task asks is in it until it is answered, by whichever coordinator [U17 U24 U26]', async () => {
  const taskId = await anna.createTask('look')
  await worker.ask(taskId, { key: 'q1', question: FORM }, { key: 'q2', question: FORM })
  const request = {
    method: 'elicitation/create',
    params: {
      message: 'Go on?',
      requestedSchema: { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] },
    },
  }
  expect((await get(taskId)).result).toMatchObject({
    status: 'input_required',
    inputRequests: { q1: request, q2: request },
  })

  const give = (inputResponses: object) => anna.ask('tasks/update', { taskId, inputResponses }, { capabilities: TASKS })
  const ok = { action: 'accept', content: { ok: true } }
  const acknowledged = { resultType: 'complete', _meta: expect.anything() }
  expect((await give({ q1: ok, nothing: ok, q2: { action: 'accept', content: { ok: 'yes' } } })).body.result).toEqual(
    acknowledged,
  )
  expect((await get(taskId)).result.inputRequests).toEqual({ q2: request })
  expect((await give({ q1: ok, q2: { action: 'decline' } })).body.result).toEqual(acknowledged)
  const { result } = await get(taskId)
  expect(result.status).toBe('working')
  expect(result).not.toHaveProperty('inputRequests')
})

test('a client that cannot answer what a task asks is told what it lacks [U39]', async () => {
  const taskId = await anna.createTask('look')
  await worker.ask(taskId, { key: 'q1', question: FORM })
  const { status, body } = await anna.ask('tasks/get', { taskId }, { capabilities: TASKS })
  expect([status, body.error.data]).toEqual([400, { requiredCapabilities: { elicitation: { form: {} } } }])
})

test('a result that is an error completes a task, an error fails it [U18 U19]', async () => {
  const [bad, broken] = [await anna.createTask('look'), await anna.createTask('look')]
  const result = { content: [{ type: 'text', text: 'no' } as const], isError: true }
  await worker.finish(bad, { kind: 'result', result })
  await worker.finish(broken, { kind: 'error', error: { code: -32000, message: 'broken', data: { x: 1 } } })
  const completed = (await get(bad)).result
  expect(completed).toMatchObject({ status: 'completed', statusMessage: 'no' })
  expect(completed.result).toEqual({ resultType: 'complete', ...result })
  const failed = (await get(broken)).result
  expect(failed).toMatchObject({ status: 'failed', error: { code: -32000, message: 'broken', data: { x: 1 } } })
  expect(failed).not.toHaveProperty('result')
})

test('cancelling is acknowledged for every task there is, over or not [U29]', async () => {
  const taskId = await anna.createTask('look')
  const cancel = (id: string) => anna.ask('tasks/cancel', { taskId: id }, { capabilities: TASKS })
  const acknowledged = { resultType: 'complete', _meta: expect.anything() }
  expect((await cancel(taskId)).body.result).toEqual(acknowledged)
  expect((await get(taskId)).result).toMatchObject({ status: 'cancelled' })
  expect((await cancel(taskId)).body.result).toEqual(acknowledged)
  expect((await cancel('none')).body.error).toEqual({ code: -32602, message: 'Task not found' })
})

test.each([
  ['tasks/get', {}],
  ['tasks/cancel', {}],
  ['tasks/update', { inputResponses: {} }],
  ['tasks/update', { inputResponses: { q1: { action: 'decline' } } }],
])('%s of another’s task reads, byte for byte, like that of none: %j [U21 U38]', async (method, params) => {
  const taskId = await anna.createTask('look')
  await worker.ask(taskId, { key: 'q1', question: FORM })
  const asked = (id: string) => ben.ask(method, { taskId: id, ...params }, { id: 1, capabilities: FORMS })
  const [foreign, unknown] = [await asked(taskId), await asked('000000000000000000000000')]
  expect(foreign.body).toEqual({ jsonrpc: '2.0', id: 1, error: { code: -32602, message: 'Task not found' } })
  expect([foreign.status, foreign.body]).toEqual([unknown.status, unknown.body])
})

test.each([
  [{ inputResponses: [] }, 'inputResponses: expected record, received array'],
  [{ inputResponses: { q1: 5 } }, 'inputResponses.q1: expected object, received number'],
  [{}, 'inputResponses: expected record, received undefined'],
])('answers that are none are refused: %j', async (params, fault) => {
  const { body } = await anna.ask('tasks/update', { taskId: 'x', ...params }, { capabilities: TASKS })
  expect(body.error).toEqual({ code: -32602, message: `Invalid params of tasks/update: ${fault}.` })
})

test('a legacy client sees, answers and ends the tasks of a modern one, and the other way round', async () => {
  const session = await one.initialize({
    headers: { authorization: 'Bearer anna-anna-anna-anna' },
    capabilities: { elicitation: {} },
  })
  const [modernTask, legacyTask] = [await anna.createTask('look'), await session.createTask('look')]
  await worker.ask(modernTask, { key: 'q1', question: FORM })
  await worker.ask(legacyTask, { key: 'q1', question: FORM })
  const held = await session.stream('r', 'tasks/result', { taskId: modernTask })
  const asked = await held.nextMessage('elicitation/create')
  await session.send({ id: asked.message.id, result: { action: 'accept', content: { ok: true } } })
  expect((await get(modernTask)).result.status).toBe('working')

  const inputResponses = { q1: { action: 'accept', content: { ok: true } } }
  await anna.ask('tasks/update', { taskId: legacyTask, inputResponses }, { capabilities: TASKS })
  expect((await session.request('tasks/get', { taskId: legacyTask })).body.result.status).toBe('working')
  await anna.ask('tasks/cancel', { taskId: legacyTask }, { capabilities: TASKS })
  expect((await session.request('tasks/get', { taskId: legacyTask })).body.result.status).toBe('cancelled')
  held.leave()
})

test('clients of both eras are told that a task is paused, and that it is resumed', async () => {
  const newest = await one.initialize({ headers: { authorization: 'Bearer anna-anna-anna-anna' } })
  const listening = await newest.listen()
  const taskId = await newest.createTask('look')
  const told = async () => (await listening.nextMessage('notifications/tasks/status')).message.params
  expect((await anna.ask('longhaul/tasks/pause', { taskId })).status).toBe(200)
  const statusMessage = expect.stringMatching(/^Paused since \S+Z\. It goes on when it is resumed\.$/)
  expect(await told()).toMatchObject({ taskId, status: 'working', statusMessage })
  expect((await get(taskId)).result).toMatchObject({ status: 'working', statusMessage })
  expect((await newest.request('tasks/get', { taskId })).body.result).toMatchObject({ statusMessage })
  await anna.ask('longhaul/tasks/resume', { taskId })
  expect(await told()).not.toHaveProperty('statusMessage')
  expect((await get(taskId)).result).not.toHaveProperty('statusMessage')
  listening.leave()
})

test('methods of our own list, cancel and retry with the rights of the request, and say why where MCP is silent', async () => {
  const taskId = await anna.createTask('look', { at: 'here' })
  const own = async (client: ModernClient, verb: string, params: object = { taskId }) => {
    const { status, body } = await client.ask(`longhaul/tasks/${verb}`, params)
    return [status, body.error?.message ?? body.result]
  }
  expect(await own(anna, 'get')).toMatchObject([200, { task: { taskId, tool: 'look', status: 'working' } }])
  expect(await own(anna, 'list', {})).toMatchObject([200, { tasks: expect.arrayContaining([]) }])
  for (const verb of ['get', 'tree', 'events', 'pause', 'resume', 'steer', 'cancel', 'retry'])
    expect(await own(ben, verb, { taskId, message: 'Go west.' })).toEqual([200, 'Task not found'])
  expect(await own(ben, 'list', {})).toMatchObject([200, { tasks: [] }])
  expect(await own(anna, 'answer', { taskId, question: 'elicit#1', response: { action: 'decline' } })).toEqual([
    200,
    expect.stringContaining('is not open'),
  ])
  expect(await own(anna, 'pause')).toMatchObject([200, { task: { status: 'working', pausedAt: expect.any(String) } }])
  expect(await own(anna, 'steer', { taskId, message: 'Go west.' })).toEqual([
    200,
    expect.stringContaining('has no model'),
  ])
  expect(await own(anna, 'cancel', { taskId, reason: 'Enough.' })).toMatchObject([
    200,
    { task: { status: 'cancelled', outcome: { kind: 'cancelled', reason: 'Enough.' } } },
  ])
  expect(await own(anna, 'cancel')).toEqual([200, 'Cannot cancel the task: it is over already.'])
  expect(await own(anna, 'cancel', { taskId: 7 })).toMatchObject([200, expect.stringContaining('taskId')])
})

test('who may answer the tasks of others finds what they ask, in forms as they are answered', async () => {
  const taskId = await anna.createTask('look')
  await worker.ask(taskId, { key: 'q1', question: FORM })
  const eve = new ModernClient(one.address, 'eve-eve-eve-eve-eve')
  const asking = async (client: ModernClient) => (await client.ask('longhaul/tasks/asking')).body.result.tasks
  const found = { taskId, tool: 'look', owner: { issuer: 'api-key', subject: 'anna' } }
  const questions = [{ key: 'q1', for: 'person', message: 'Go on?', fields: FORM.requestedSchema }]
  for (const client of [anna, eve])
    expect(await asking(client)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...found, questions: [expect.objectContaining(questions[0])] }),
      ]),
    )
  expect(await asking(ben)).toEqual([])
  const response = { action: 'accept', content: { ok: true } }
  expect((await eve.ask('longhaul/tasks/answer', { taskId, question: 'q1', response })).status).toBe(200)
  expect((await asking(eve)).map((task: { taskId: string }) => task.taskId)).not.toContain(taskId)
})

test('who may read the tasks of others finds those of one of them', async () => {
  const taskId = await anna.createTask('look')
  const eve = new ModernClient(one.address, 'eve-eve-eve-eve-eve')
  const owner = { issuer: 'api-key', subject: 'anna' }
  const listed = async (client: ModernClient, params: object) =>
    (await client.ask('longhaul/tasks/list', params)).body.result.tasks.map((task: { taskId: string }) => task.taskId)
  expect([await listed(eve, {}), await listed(ben, { owner })]).toEqual([[], []])
  for (const client of [eve, anna]) expect(await listed(client, { owner })).toContain(taskId)
})
