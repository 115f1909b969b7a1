import { startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import {
  FORM,
  openCoordinator,
  openWorker,
  type TestCoordinator,
  type TestSession,
  type TestWorker,
} from '../../test/coordinator.ts'
import type { EventReader } from '../../test/event-reader.ts'

const HOSTING = {
  elicitation: {},
  tasks: { cancel: {}, requests: { elicitation: { create: {} } } },
}
const POLL_MS = 20

let store: TestStore
let one: TestCoordinator
let other: TestCoordinator
let careless: TestCoordinator
let worker: TestWorker
beforeAll(async () => {
  store = await startTestStore()
  worker = await openWorker(store.url)
  const quick = { pollIntervalMs: POLL_MS, deliveryLeaseMs: 300 }
  ;[one, other, careless] = await Promise.all([
    openCoordinator(store.url, quick),
    openCoordinator(store.url, quick),
    openCoordinator(store.url, { clientTasks: 'never' }),
  ])
})
const streams: EventReader[] = []
afterEach(() => {
  for (const stream of streams.splice(0)) stream.leave()
})
afterAll(async () => {
  await Promise.all([one.close(), other.close(), careless.close()])
  await worker.close()
  await store.stop()
})

/** A task that asks to go on, and the stream on which its client is asked, which waits for its end. */
async function asking({ at = one, capabilities = HOSTING }: { at?: TestCoordinator; capabilities?: object } = {}) {
  const session = await at.initialize({ capabilities })
  const taskId = await session.createTask('look')
  await worker.ask(taskId, { key: 'q1', question: FORM })
  const stream = await session.stream('wait', 'tasks/result', { taskId })
  streams.push(stream)
  const { message } = await stream.nextMessage('elicitation/create')
  return { session, taskId, stream, asked: message }
}
/** What the client says of its task, flat or in the result of a request. */
const task = (status: string, taskId = 'c1', more: object = {}) => ({
  taskId,
  status,
  ttl: null,
  createdAt: '2026-01-01T00:00:00Z',
  lastUpdatedAt: '2026-01-01T00:00:00Z',
  ...more,
})
const keep = (session: TestSession, id: string, taskId = 'c1') =>
  session.send({ id, result: { task: task('working', taskId) } })

test('asks how the task of the client stands, as long as that takes, and then what came of it', async () => {
  const { session, taskId, stream, asked } = await asking()
  expect(asked.params.task.ttl).toBeGreaterThan(3_500_000)
  expect((await keep(session, asked.id)).status).toBe(202)
  const seen: string[] = []
  for (const status of ['working', 'input_required', 'completed']) {
    const { message } = await stream.nextMessage('tasks/get')
    expect(message.params).toEqual({ taskId: 'c1' })
    seen.push(message.id)
    await session.send({ id: message.id, result: task(status) })
  }
  expect(new Set(seen).size).toBe(3)
  const { message } = await stream.nextMessage('tasks/result')
  expect(message.params).toEqual({ taskId: 'c1' })
  await session.send({ id: message.id, result: { action: 'accept', content: { ok: true } } })
  const { journal } = await worker.claim(taskId)
  expect(journal).toMatchObject([{ key: 'q1', type: 'value', value: { action: 'accept', content: { ok: true } } }])
})

test('asks no oftener than the client wants', async () => {
  const { session, stream, asked } = await asking()
  await keep(session, asked.id)
  const first = (await stream.nextMessage('tasks/get')).message
  const saidAt = performance.now()
  await session.send({ id: first.id, result: task('working', 'c1', { pollInterval: 400 }) })
  await stream.nextMessage('tasks/get')
  expect(performance.now() - saidAt).toBeGreaterThan(350)
})

test('asks again when no answer came, since that may have been lost with a coordinator', async () => {
  const { session, stream, asked } = await asking()
  await keep(session, asked.id)
  const first = (await stream.nextMessage('tasks/get')).message
  const again = (await stream.nextMessage('tasks/get')).message
  expect(again.params).toEqual(first.params)
  expect(again.id).not.toBe(first.id)
})

test('calls off a task that came too late, and one of two for the same question', async () => {
  const { session, taskId, stream, asked } = await asking()
  await keep(session, asked.id, 'first')
  await stream.nextMessage('tasks/get')
  await keep(session, `${taskId}.q1.2`, 'second')
  expect((await stream.nextMessage('tasks/cancel')).message.params).toEqual({ taskId: 'first' })
  await session.send({ id: asked.id, result: { action: 'decline' } })
  expect((await stream.nextMessage('tasks/cancel')).message.params).toEqual({ taskId: 'second' })
  await keep(session, asked.id, 'late')
  expect((await stream.nextMessage('tasks/cancel')).message.params).toEqual({ taskId: 'late' })
})

test('cancels nothing at a client that does not say that it can', async () => {
  const { elicitation, tasks } = HOSTING
  const { session, taskId, stream, asked } = await asking({
    capabilities: { elicitation, tasks: { requests: tasks.requests } },
  })
  await keep(session, asked.id)
  await stream.nextMessage('tasks/get')
  await session.request('tasks/cancel', { taskId })
  const methods: string[] = []
  for (;;) {
    const { message } = await stream.nextMessage()
    if (message.id === 'wait') break
    methods.push(message.method)
  }
  expect(methods).not.toContain('tasks/cancel')
})

test('answers of somebody else, and about tasks that nobody has, change nothing', async () => {
  const { session, taskId, stream, asked } = await asking()
  await keep(session, asked.id)
  const { message } = await stream.nextMessage('tasks/get')
  const stranger = await other.initialize({ capabilities: HOSTING })
  await stranger.send({ id: message.id, result: task('cancelled') })
  await stranger.send({ method: 'notifications/tasks/status', params: task('cancelled') })
  await session.send({ method: 'notifications/tasks/status', params: task('cancelled', 'unknown') })
  await session.send({ method: 'notifications/tasks/status', params: ['nothing'] })
  await session.send({ id: 'get:AAAAAAAAAAAAAAAAAAAAAA:AAAAAAAAAAAA', result: task('cancelled', 'unknown') })
  expect((await session.request('tasks/get', { taskId })).body.result.status).toBe('input_required')
})

test('offers nothing where that is switched off, and takes no task for an answer', async () => {
  const { session, stream, asked } = await asking({ at: careless })
  expect(asked.params).not.toHaveProperty('task')
  expect((await keep(session, asked.id)).status).toBe(400)
  expect((await stream.nextMessage('elicitation/create')).message.params).not.toHaveProperty('task')
})
