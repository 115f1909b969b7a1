import { startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  openCoordinator,
  openWorker,
  type TestCoordinator,
  type TestSession,
  type TestWorker,
} from '../test/coordinator.ts'
import { ModernClient, TASKS } from '../test/modern-client.ts'

let store: TestStore
let worker: TestWorker
let coordinator: TestCoordinator
let legacy: TestSession
let modern: ModernClient
beforeAll(async () => {
  store = await startTestStore()
  worker = await openWorker(store.url)
  coordinator = await openCoordinator(store.url)
  legacy = await coordinator.initialize()
  modern = new ModernClient(coordinator.address)
})
afterAll(async () => {
  await coordinator.close()
  await worker.close()
  await store.stop()
})

const keyed = (key: string) => ({ 'dev.longhaul/idempotencyKey': key })

describe('a call under an idempotency key', () => {
  test('is the same task whenever it comes again, in whichever session and era', async () => {
    const taskId = await legacy.createTask('look', { at: 'x' }, { _meta: keyed('a') })
    const again = await coordinator.initialize()
    expect(await again.createTask('look', { at: 'x' }, { _meta: keyed('a') })).toBe(taskId)
    const params = { name: 'look', arguments: { at: 'x' } }
    const { body } = await modern.ask('tools/call', params, { capabilities: TASKS, meta: keyed('a') })
    expect(body.result.taskId).toBe(taskId)
    expect(await legacy.createTask('look', { at: 'x' }, { _meta: keyed('b') })).not.toBe(taskId)
  })

  test('is held for the result of that task where it is a plain one', async () => {
    const params = { name: 'look', _meta: keyed('plain') }
    const first = await legacy.stream('first', 'tools/call', params)
    const taskId = await legacy.createTask('look', {}, { _meta: keyed('plain') })
    const second = await legacy.stream('second', 'tools/call', params)
    const third = await modern.stream('tools/call', { name: 'look' }, { meta: keyed('plain') })
    await worker.finish(taskId)
    for (const stream of [first, second, third]) {
      expect((await stream.nextMessage()).message.result.content).toEqual([{ type: 'text', text: 'seen' }])
    }
  })

  test('with another payload is told so', async () => {
    await legacy.createTask('look', { at: 'x' }, { _meta: keyed('c') })
    const error = {
      code: -32602,
      message: "There is a task of another tool or other arguments under the idempotency key 'c'. Use another key.",
    }
    const params = { name: 'look', arguments: { at: 'y' }, task: {}, _meta: keyed('c') }
    expect((await legacy.request('tools/call', params)).body.error).toEqual(error)
    const { body } = await modern.ask('tools/call', { name: 'only_task' }, { capabilities: TASKS, meta: keyed('c') })
    expect(body.error).toEqual(error)
  })
})

test('a start that is put off is said until it comes', async () => {
  const startAt = new Date(Date.now() + 86_400_000).toISOString()
  const taskId = await legacy.createTask('look', {}, { _meta: { 'dev.longhaul/startAfter': startAt } })
  expect((await legacy.request('tasks/get', { taskId })).body.result).toMatchObject({
    status: 'working',
    statusMessage: `It starts at ${startAt}.`,
  })
  await expect(worker.claim(taskId)).rejects.toThrow('The task is over.')
})

test.each<[object, string]>([
  [{ 'dev.longhaul/priority': 10 }, '_meta.dev.longhaul/priority: Too big: expected number to be <=9'],
  [{ 'dev.longhaul/delayMs': 'soon' }, '_meta.dev.longhaul/delayMs: expected number, received string'],
])('%j is refused in both eras', async (meta, fault) => {
  const error = { code: -32602, message: `Invalid params of tools/call: ${fault}.` }
  const params = { name: 'look', arguments: {} }
  expect((await legacy.request('tools/call', { ...params, task: {}, _meta: meta })).body.error).toEqual(error)
  expect((await modern.ask('tools/call', params, { capabilities: TASKS, meta })).body.error).toEqual(error)
})

test('more open tasks than an owner may have are refused with a time to try again', async () => {
  const small = await openCoordinator(store.url, {
    maxOpenTasksPerOwner: 1,
    tooManyRetryMs: 700,
    apiKeys: ['carl=carl-carl-carl-carl'],
  })
  const session = await small.initialize({ headers: { authorization: 'Bearer carl-carl-carl-carl' } })
  const client = new ModernClient(small.address, 'carl-carl-carl-carl')
  const taskId = await session.createTask('look')
  const error = {
    code: -31000,
    message:
      'You have as many open tasks as you may: 1 (LONGHAUL_MAX_OPEN_TASKS_PER_OWNER). Try again when some have ended, in 700 ms at the earliest.',
    data: { retryAfterMs: 700 },
  }
  expect((await session.request('tools/call', { name: 'look', task: {} })).body.error).toEqual(error)
  expect((await client.ask('tools/call', { name: 'look' }, { capabilities: TASKS })).body.error).toEqual(error)
  await session.request('tasks/cancel', { taskId })
  await session.createTask('look')
  await small.close()
})
