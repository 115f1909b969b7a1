import { startStoreProxy, startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { FORM, openCoordinator, openWorker, type TestCoordinator, type TestWorker } from '../../test/coordinator.ts'
import { EventReader } from '../../test/event-reader.ts'
import { type HttpAnswer, open } from '../../test/http.ts'
import { OPERATIONS } from './register.ts'
import { PROBLEM } from './schemas.ts'

const KEYS = { anna: 'anna-anna-anna-anna', ben: 'ben-ben-ben-ben-ben', carol: 'carol-carol-carol' } as const
type Person = keyof typeof KEYS

let store: TestStore
let coordinator: TestCoordinator
let other: TestCoordinator
let worker: TestWorker
beforeAll(async () => {
  store = await startTestStore()
  const apiKeys = [`anna=${KEYS.anna}`, `ben=${KEYS.ben}`, `carol=${KEYS.carol} tasks:read tasks:answer`]
  worker = await openWorker(store.url)
  ;[coordinator, other] = await Promise.all([
    openCoordinator(store.url, { apiKeys, allowedOrigins: ['https://app.example'] }),
    openCoordinator(store.url, { apiKeys, maxBodyBytes: 1000, plainCallWaitMs: 100 }),
  ])
})
afterAll(async () => {
  await Promise.all([coordinator.close(), other.close(), worker.close()])
  await store.stop()
})

interface Asking {
  readonly as?: Person
  readonly at?: TestCoordinator
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

/** Asks, and holds what is answered against what OpenAPI says of it. */
async function ask(id: string, path: string, { as = 'anna', at = coordinator, headers, body }: Asking = {}) {
  const operation = OPERATIONS.find((one) => one.id === id)
  if (!operation) throw new Error(`There is no operation ${id}.`)
  const { method, answers } = operation
  const answer = await at.call({ method, path, headers: { authorization: `Bearer ${KEYS[as]}`, ...headers }, body })
  const schema = answers[answer.status] ?? PROBLEM
  expect(schema.parse(answer.body)).toEqual(answer.body)
  expect(answer.headers['content-type']).toMatch(
    schema === PROBLEM ? /^application\/problem\+json/ : /^application\/json/,
  )
  return answer
}

const submit = (asking: Asking & { readonly tool?: string; readonly more?: object } = {}) =>
  ask('submitTask', '/v1/tasks', { body: { tool: asking.tool ?? 'look', ...asking.more }, ...asking })
const get = (taskId: string, asking: Asking = {}) => ask('getTask', `/v1/tasks/${taskId}`, asking)
const problem = ({ status, body }: HttpAnswer) => ({ status, code: body.code, detail: body.detail })
const NOT_FOUND = { status: 404, code: 'task_not_found', detail: 'Task not found' }

describe('a task', () => {
  test('is submitted, looked at anywhere, and has its outcome once it is over', async () => {
    const submitted = await submit({ more: { arguments: { at: 'here' }, priority: 3, ttlMs: 60_000 } })
    expect(submitted.status).toBe(202)
    const { taskId } = submitted.body
    expect(submitted.headers.location).toBe(`/v1/tasks/${taskId}`)
    expect(submitted.body).toMatchObject({ tool: 'look', status: 'working', owner: { subject: 'anna' } })
    expect((await get(taskId, { at: other })).body.status).toBe('working')
    await worker.finish(taskId)
    expect((await get(taskId)).body).toMatchObject({
      status: 'completed',
      outcome: { kind: 'result', result: { content: [{ type: 'text', text: 'seen' }] } },
    })
  })

  test('is waited for as long as its client prefers', async () => {
    const { taskId } = (await submit()).body
    const waiting = get(taskId, { headers: { prefer: 'respond-async, wait=30' } })
    await worker.finish(taskId)
    const { status, body, headers } = await waiting
    expect({ status, is: body.status, applied: headers['preference-applied'] }).toEqual({
      status: 200,
      is: 'completed',
      applied: 'wait=30',
    })
    const late = await submit({ at: other, headers: { prefer: 'wait=600' } })
    expect({ status: late.status, is: late.body.status }).toEqual({ status: 202, is: 'working' })
  })

  test.each([
    ['wait=0', 'wait=0'],
    ['wait=99999999999999999999999', 'wait=45'],
    ['respond-async, WAIT = "7"', 'wait=7'],
    ['foo="wait=5, bar", wait=3', 'wait=3'],
    ['wait=2, wait=3', 'wait=2'],
    ['wait=-1', undefined],
    ['wait="soon"', undefined],
    ['await=1', undefined],
  ])('is not waited for where it is over, and is told how long it would have been: %s', async (prefer, applied) => {
    const { taskId } = (await submit()).body
    await worker.finish(taskId)
    expect((await get(taskId, { headers: { prefer } })).headers['preference-applied']).toBe(applied)
  })

  test('is told to who made it, also where the store goes away before its end', async () => {
    const proxy = await startStoreProxy(store.url)
    const cutOff = await openCoordinator(proxy.url, { apiKeys: [`dora=${KEYS.ben}`], deliveryLeaseMs: 60 })
    const submitted = submit({ at: cutOff, as: 'ben', headers: { prefer: 'wait=30' } })
    await expect
      .poll(async () => (await ask('listTasks', '/v1/tasks', { at: cutOff, as: 'ben' })).body.tasks)
      .toHaveLength(1)
    await proxy.cut()
    expect(await submitted).toMatchObject({ status: 202, body: { tool: 'look', status: 'working' } })
    await cutOff.close()
    await proxy.stop()
  })

  test('is answered with its result where that comes in time', async () => {
    const named = { 'idempotency-key': 'in time' }
    const submitted = submit({ headers: { ...named, prefer: 'wait=30' } })
    await worker.finish((await submit({ headers: named })).body.taskId)
    expect(await submitted).toMatchObject({ status: 200, body: { status: 'completed' } })
  })

  test('is one, however often it is submitted under its key', async () => {
    const headers = { 'idempotency-key': 'order 7' }
    const { taskId } = (await submit({ headers })).body
    expect((await submit({ headers, at: other })).body.taskId).toBe(taskId)
    expect((await submit({ headers, as: 'ben' })).body.taskId).not.toBe(taskId)
    expect(problem(await submit({ headers, more: { arguments: { at: 'there' } } }))).toMatchObject({
      status: 422,
      code: 'idempotency_conflict',
    })
  })

  test('is the same one under a key in quotes, and needs a key where one is sent', async () => {
    const { taskId } = (await submit({ headers: { 'idempotency-key': 'a "quoted" key' } })).body
    const quoted = await submit({ headers: { 'idempotency-key': '"a \\"quoted\\" key"' } })
    expect(quoted.body.taskId).toBe(taskId)
    for (const none of ['', '""']) {
      expect(problem(await submit({ headers: { 'idempotency-key': none } }))).toMatchObject({
        status: 400,
        detail: 'The header Idempotency-Key is empty. Send a key, or leave it away.',
      })
    }
  })

  test('is refused where there are too many, and when to come again is said', async () => {
    const full = await openCoordinator(store.url, {
      apiKeys: [`emil=${KEYS.ben}`],
      maxOpenTasksPerOwner: 1,
      tooManyRetryMs: 6500,
    })
    await submit({ at: full, as: 'ben' })
    const refused = await submit({ at: full, as: 'ben' })
    expect(problem(refused)).toMatchObject({ status: 429, code: 'too_many_tasks' })
    expect(refused.headers['retry-after']).toBe('7')
    await full.close()
  })

  test('whose arguments do not fit is over at once, with a result that says so', async () => {
    const { status, body } = await submit({ more: { arguments: { at: 7 } } })
    expect({ status, is: body.status, isError: body.isError }).toEqual({ status: 200, is: 'completed', isError: true })
  })

  test('asks people, and is answered once', async () => {
    const { taskId } = (await submit()).body
    await worker.ask(taskId, { key: 'q1', question: FORM })
    const { body } = await get(taskId)
    expect(body.status).toBe('input_required')
    expect(body.questions).toEqual([
      { key: 'q1', deadline: expect.any(String), for: 'person', message: 'Go on?', fields: FORM.requestedSchema },
    ])
    const answers = `/v1/tasks/${taskId}/answers`
    const answer = (content: object) =>
      ask('answerTask', answers, { body: { question: 'q1', action: 'accept', content } })
    expect(problem(await answer({ ok: 'perhaps' }))).toMatchObject({ status: 422, code: 'answer_invalid' })
    expect(await answer({ ok: true })).toMatchObject({ status: 200, body: { status: 'working' } })
    expect(problem(await answer({ ok: true }))).toMatchObject({ status: 409, code: 'question_not_open' })
  })

  test('is cancelled, paused and resumed', async () => {
    const { taskId } = (await submit()).body
    const paused = await ask('pauseTask', `/v1/tasks/${taskId}/pause`)
    expect(paused.body.pausedAt).toEqual(expect.any(String))
    expect((await ask('resumeTask', `/v1/tasks/${taskId}/resume`)).body).not.toHaveProperty('pausedAt')
    const cancelled = await ask('cancelTask', `/v1/tasks/${taskId}/cancel`, { body: { reason: 'Not needed.' } })
    expect(cancelled.body).toMatchObject({ status: 'cancelled', outcome: { kind: 'cancelled', reason: 'Not needed.' } })
    expect(problem(await ask('cancelTask', `/v1/tasks/${taskId}/cancel`))).toMatchObject({
      status: 409,
      code: 'task_finished',
    })
    const retried = await ask('retryTask', `/v1/tasks/${taskId}/retry`)
    expect(retried).toMatchObject({ status: 202, body: { status: 'working', retriedFrom: taskId } })
    expect(retried.headers.location).toBe(`/v1/tasks/${retried.body.taskId}`)
    expect(
      problem(await ask('steerTask', `/v1/tasks/${retried.body.taskId}/messages`, { body: { message: 'Go.' } })),
    ).toMatchObject({ status: 409, code: 'task_not_steerable' })
  })

  test('of somebody else is not there, whatever is asked of it', async () => {
    const { taskId } = (await submit()).body
    const path = `/v1/tasks/${taskId}`
    const as = 'ben'
    const answer = { question: 'q1', action: 'decline' }
    const answers = await Promise.all([
      ask('getTask', path, { as }),
      ask('getTask', path, { as, headers: { prefer: 'wait=30' } }),
      ask('getTaskTree', `${path}/tree`, { as }),
      ask('listTaskEvents', `${path}/events`, { as }),
      ask('listTaskEvents', `${path}/events`, { as, headers: { accept: 'text/event-stream' } }),
      ask('answerTask', `${path}/answers`, { as, body: answer }),
      ask('cancelTask', `${path}/cancel`, { as }),
      ask('pauseTask', `${path}/pause`, { as }),
      ask('resumeTask', `${path}/resume`, { as }),
      ask('retryTask', `${path}/retry`, { as }),
      ask('steerTask', `${path}/messages`, { as, body: { message: 'Hello?' } }),
      ask('getTask', '/v1/tasks/no-such-id'),
      ask('getTask', `/v1/tasks/${'A'.repeat(24)}`),
    ])
    expect(answers.map(problem)).toEqual(answers.map(() => NOT_FOUND))
  })
})

describe('what is looked at', () => {
  test('is kept by no cache, and has headers without a body', async () => {
    const { taskId } = (await submit()).body
    const { headers } = await get(taskId)
    expect(headers['cache-control']).toBe('no-store')
    const authorization = `Bearer ${KEYS.anna}`
    const head = await coordinator.call({
      method: 'HEAD',
      path: `/v1/tasks/${taskId}`,
      headers: { authorization, prefer: 'wait=30' },
    })
    expect(head).toMatchObject({ status: 200, body: undefined })
    expect(head.headers['content-length']).toBe(headers['content-length'])
    const events = await coordinator.call({
      method: 'HEAD',
      path: `/v1/tasks/${taskId}/events`,
      headers: { authorization, accept: 'text/event-stream' },
    })
    expect(events.headers['content-type']).toMatch(/^application\/json/)
    const contract = await coordinator.call({ method: 'HEAD', path: '/v1/openapi.json', headers: { authorization } })
    expect(contract.status).toBe(200)
  })
})

describe('lists', () => {
  test('have the tools, without what is exposed as something else', async () => {
    const { body } = await ask('listTools', '/v1/tools')
    const names = body.tools.map(({ name }: { readonly name: string }) => name)
    expect(names).toEqual(['asks_first', 'look', 'only_plain', 'only_task', 'thinker'])
  })

  test('have the tasks of who asks, page by page, and those that ask whom they may answer', async () => {
    const { taskId } = (await submit({ as: 'ben' })).body
    await worker.ask(taskId, { key: 'q1', question: FORM })
    const first = await ask('listTasks', '/v1/tasks', { as: 'ben' })
    expect(first.body.tasks[0]).toMatchObject({ taskId, status: 'input_required' })
    const owners = first.body.tasks.map(({ owner }: { readonly owner: { readonly subject: string } }) => owner.subject)
    expect(new Set(owners)).toEqual(new Set(['ben']))
    const asking = await ask('listTasks', '/v1/tasks?asking=true', { as: 'carol' })
    expect(asking.body.tasks).toContainEqual(
      expect.objectContaining({ taskId, questions: [expect.objectContaining({ key: 'q1', for: 'person' })] }),
    )
    expect(problem(await ask('listTasks', '/v1/tasks?cursor=nonsense'))).toMatchObject({ code: 'cursor_invalid' })
  })
})

describe('events', () => {
  test('are told so far, or from one on', async () => {
    const { taskId } = (await submit()).body
    await worker.finish(taskId)
    const { events } = (await ask('listTaskEvents', `/v1/tasks/${taskId}/events`)).body
    expect(events.map(({ type }: { readonly type: string }) => type)).toEqual(['created', 'claimed', 'finished'])
    const later = await ask('listTaskEvents', `/v1/tasks/${taskId}/events?after=${events[0].seq}`)
    expect(later.body.events).toEqual(events.slice(1))
  })

  const listen = async (taskId: string, headers: Readonly<Record<string, string>> = {}, at = coordinator) =>
    new EventReader(
      await open(at.address, {
        method: 'GET',
        path: `/v1/tasks/${taskId}/events`,
        headers: { authorization: `Bearer ${KEYS.anna}`, accept: 'text/event-stream', ...headers },
      }),
    )

  /** Of all events until the stream ends. */
  async function typesIn(stream: EventReader): Promise<readonly string[]> {
    await stream.ended
    const types: string[] = []
    for (;;) {
      const event = await stream.next().catch(() => undefined)
      if (!event) return types
      types.push(event.message.type)
    }
  }

  test('come as they happen, and go on at another coordinator after the last that came', async () => {
    const { taskId } = (await submit()).body
    const stream = await listen(taskId)
    expect(await stream.next()).toMatchObject({ id: '1', message: { type: 'created', seq: 1 } })
    await worker.ask(taskId, { key: 'q1', question: FORM })
    expect(await stream.next()).toMatchObject({ id: '2', message: { type: 'claimed' } })
    const asked = await stream.next()
    expect(asked.message).toMatchObject({ type: 'asked', keys: ['q1'] })
    stream.leave()
    const resumed = await listen(taskId, { 'last-event-id': asked.id ?? '' }, other)
    await ask('cancelTask', `/v1/tasks/${taskId}/cancel`)
    const rest = await typesIn(resumed)
    expect(rest.at(-1)).toBe('finished')
    expect(rest).not.toContain('asked')
  })

  test('of a task that is over are told, and no more comes', async () => {
    const { taskId } = (await submit()).body
    await worker.finish(taskId)
    const stream = await listen(taskId)
    const types = await typesIn(stream)
    expect(types).toEqual(['created', 'claimed', 'finished'])
  })
})

describe('an EventSource', () => {
  const come = (at: TestCoordinator, taskId: string, { query = '', last }: { query?: string; last?: string } = {}) =>
    open(at.address, {
      method: 'GET',
      path: `/v1/tasks/${taskId}/events${query}`,
      headers: {
        authorization: `Bearer ${KEYS.anna}`,
        accept: 'text/event-stream',
        ...(last !== undefined && { 'last-event-id': last }),
      },
    })

  test('that comes again after the end is told that there is no more', async () => {
    const { taskId } = (await submit()).body
    await worker.finish(taskId)
    expect((await come(coordinator, taskId, { last: '2' })).statusCode).toBe(200)
    expect((await come(coordinator, taskId, { last: '3' })).statusCode).toBe(204)
  })

  test('goes on where it was, whatever its address says of its first time', async () => {
    const { taskId } = (await submit()).body
    await worker.finish(taskId)
    const resumed = new EventReader(await come(coordinator, taskId, { query: '?after=0', last: '2' }))
    expect(await resumed.next()).toMatchObject({ id: '3' })
  })

  test('that knows events which the store has forgotten hears all that there is', async () => {
    const { taskId } = (await submit()).body
    const resumed = new EventReader(await come(coordinator, taskId, { last: '1000' }))
    expect(await resumed.next()).toMatchObject({ id: '1' })
    resumed.leave()
  })

  test('is let go of after the time that streams may last, and comes again', async () => {
    const short = await openCoordinator(store.url, { apiKeys: [`anna=${KEYS.anna}`], streamMaxMs: 50 })
    const { taskId } = (await submit()).body
    const stream = new EventReader(await come(short, taskId))
    await stream.ended
    expect(await stream.next()).toMatchObject({ id: '1' })
    await short.close()
  })
})

describe('what does not fit', () => {
  test.each<[object | string, string]>([
    [{}, 'Invalid body: tool: expected string, received undefined.'],
    [{ tool: 'look', args: {} }, 'Invalid body: Unrecognized key: "args".'],
    [{ tool: 'look', arguments: [] }, 'Invalid body: arguments: expected record, received array.'],
    [
      { tool: 'look', delayMs: 1, startAfter: '2030-01-01T00:00:00Z' },
      'Invalid body: delayMs: either this or startAfter, not both.',
    ],
    ['{', 'The message is not JSON.'],
  ])('is said: %j', async (body, detail) => {
    const answer = await ask('submitTask', '/v1/tasks', { body })
    expect(answer.status).toBe(400)
    expect(answer.body.detail).toContain(detail)
  })

  test('is said of parameters, tools, sizes, types and methods', async () => {
    expect(problem(await ask('listTasks', '/v1/tasks?page=2'))).toMatchObject({ status: 400, code: 'bad_request' })
    expect(problem(await submit({ tool: 'no_such' }))).toMatchObject({ status: 422, code: 'tool_not_found' })
    expect(problem(await submit({ tool: 'thinker' }))).toMatchObject({ status: 422, code: 'client_cannot_answer' })
    const large = { tool: 'look', arguments: { at: 'x'.repeat(2000) } }
    expect(problem(await submit({ at: other, body: large }))).toMatchObject({ status: 413 })
    const headers = { 'content-type': 'text/plain' }
    expect(problem(await submit({ headers, body: '{}' }))).toMatchObject({ status: 415 })
    const wrong = await coordinator.call({
      method: 'DELETE',
      path: '/v1/tasks',
      headers: { authorization: `Bearer ${KEYS.anna}` },
    })
    expect({ status: wrong.status, allow: wrong.headers.allow }).toEqual({ status: 405, allow: 'POST, GET, HEAD' })
  })

  test.each([
    ['/v1', 404],
    ['/v1/nothing', 404],
    ['/v1/tasks/x/nothing', 404],
    ['/v1/tasks/%E0%A4', 400],
    [`/v1/tasks/${'x'.repeat(200)}`, 414],
  ])('is a problem, too, where there is no such address: %s', async (path, status) => {
    const answer = await coordinator.call({ method: 'GET', path })
    expect({ status: answer.status, body: PROBLEM.parse(answer.body) }).toEqual({ status, body: answer.body })
    expect(answer.headers).toMatchObject({
      'content-type': expect.stringMatching(/^application\/problem\+json/),
      'cache-control': 'no-store',
    })
  })

  test('is no body where none is needed, whatever type it is said to have', async () => {
    const { taskId } = (await submit()).body
    const cancelled = await ask('cancelTask', `/v1/tasks/${taskId}/cancel`, {
      headers: { 'content-type': 'application/json' },
    })
    expect(cancelled.body.status).toBe('cancelled')
    const empty = await ask('submitTask', '/v1/tasks', { headers: { 'content-type': 'application/json' } })
    expect(empty.body.detail).toBe('Invalid body: tool: expected string, received undefined.')
  })

  test('is a body that nothing looks at', async () => {
    const { taskId } = (await submit()).body
    const paused = await ask('pauseTask', `/v1/tasks/${taskId}/pause`, { body: { reason: 'Lunch.' } })
    expect(problem(paused)).toMatchObject({ status: 400, detail: 'Invalid body: Unrecognized key: "reason".' })
  })
})

describe('callers', () => {
  test('are those of MCP, and the others hear it before anything else', async () => {
    const unknown = await coordinator.call({ method: 'POST', path: '/v1/tasks', body: 'no JSON' })
    expect(unknown).toMatchObject({
      status: 401,
      body: { title: 'Unauthorized', code: 'unauthorized', detail: 'Send an API key: Authorization: Bearer KEY.' },
    })
    expect(unknown.headers['www-authenticate']).toBe('Bearer')
    const evil = { authorization: `Bearer ${KEYS.anna}`, origin: 'https://evil.example' }
    expect((await coordinator.call({ method: 'GET', path: '/v1/tasks', headers: evil })).status).toBe(403)
  })

  test('from pages that may call are let read what they are told', async () => {
    const headers = { origin: 'https://app.example', 'access-control-request-headers': 'idempotency-key, prefer' }
    const preflight = await coordinator.call({ method: 'OPTIONS', path: '/v1/tasks', headers })
    expect(preflight.status).toBe(204)
    expect(preflight.headers['access-control-allow-methods']).toBe('POST, GET, HEAD')
    expect(preflight.headers['access-control-allow-headers']).toMatch(/idempotency-key.*prefer/)
    const refused = await coordinator.call({ method: 'GET', path: '/v1/tasks', headers })
    expect(refused.status).toBe(401)
    expect(refused.headers['access-control-allow-origin']).toBe('https://app.example')
  })

  test('find a contract that names all that there is', async () => {
    const headers = { authorization: `Bearer ${KEYS.anna}` }
    const { body } = await coordinator.call({ method: 'GET', path: '/v1/openapi.json', headers })
    expect(body.openapi).toBe('3.1.0')
    const ids = Object.values(body.paths as Record<string, Record<string, { readonly operationId: string }>>).flatMap(
      (path) => Object.values(path).map(({ operationId }) => operationId),
    )
    expect(ids.toSorted()).toEqual(OPERATIONS.map(({ id }) => id).toSorted())
    const references = [...JSON.stringify(body).matchAll(/"\$ref":"([^"]+)"/g)].map(([, to = '']) => to)
    expect(references.length).toBeGreaterThan(OPERATIONS.length)
    const named = Object.keys(body.components.schemas).map((name) => `#/components/schemas/${name}`)
    expect(references.filter((to) => !named.includes(to))).toEqual([])
  })

  test('behind a proxy are told addresses as they know them', async () => {
    const behind = await openCoordinator(store.url, {
      apiKeys: [`anna=${KEYS.anna}`],
      publicUrl: 'https://example.com/longhaul/',
    })
    const { headers, body } = await submit({ at: behind })
    expect(headers.location).toBe(`/longhaul/v1/tasks/${body.taskId}`)
    const authorization = `Bearer ${KEYS.anna}`
    const contract = await behind.call({ method: 'GET', path: '/v1/openapi.json', headers: { authorization } })
    expect(contract.body.servers).toEqual([{ url: '/longhaul' }])
    await behind.close()
  })

  test('may say which MCP they speak elsewhere', async () => {
    const headers = { 'mcp-protocol-version': '2026-07-28' }
    expect((await ask('listTools', '/v1/tools', { headers })).status).toBe(200)
  })

  test('find nothing where it is turned off', async () => {
    const off = await openCoordinator(store.url, { httpApi: 'off' })
    expect((await off.call({ method: 'GET', path: '/v1/tasks' })).status).toBe(404)
    await off.close()
  })
})
