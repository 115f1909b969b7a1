import { startStoreProxy, startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { FORM, openCoordinator, openWorker, type TestCoordinator, type TestWorker } from '../../test/coordinator.ts'
import { ModernClient, TASKS } from '../../test/modern-client.ts'

let store: TestStore
let coordinator: TestCoordinator
let worker: TestWorker
let anna: ModernClient
let ben: ModernClient
beforeAll(async () => {
  store = await startTestStore()
  worker = await openWorker(store.url)
  coordinator = await openCoordinator(store.url, { apiKeys: ['anna=anna-anna-anna-anna', 'ben=ben-ben-ben-ben-ben'] })
  anna = new ModernClient(coordinator.address, 'anna-anna-anna-anna')
  ben = new ModernClient(coordinator.address, 'ben-ben-ben-ben-ben')
})
afterAll(async () => {
  await coordinator.close()
  await worker.close()
  await store.stop()
})

const FORMS = { ...TASKS, elicitation: {} }
const listen = (client: ModernClient, notifications: object, capabilities: object = FORMS) =>
  client.stream('subscriptions/listen', { notifications }, { id: 'sub', capabilities })
const TAG = { 'io.modelcontextprotocol/subscriptionId': 'sub' }

test('tells what it honours, then each task as it is, then every change [R28 U31 U32 U35 U36]', async () => {
  const taskId = await anna.createTask('look')
  const foreign = await ben.createTask('look')
  const stream = await listen(anna, { taskIds: [taskId, foreign, 'none', taskId], unheardOf: true })
  expect((await stream.next()).message).toEqual({
    jsonrpc: '2.0',
    method: 'notifications/subscriptions/acknowledged',
    params: { notifications: { taskIds: [taskId] }, _meta: TAG },
  })
  const told = async () => (await stream.next()).message
  const { result } = (await anna.ask('tasks/get', { taskId }, { capabilities: FORMS })).body
  const { resultType, _meta, ...snapshot } = result
  expect(await told()).toEqual({ jsonrpc: '2.0', method: 'notifications/tasks', params: { ...snapshot, _meta: TAG } })

  await worker.ask(taskId, { key: 'q1', question: FORM })
  expect((await told()).params).toMatchObject({ status: 'input_required', inputRequests: { q1: expect.anything() } })
  const inputResponses = { q1: { action: 'decline' } }
  await anna.ask('tasks/update', { taskId, inputResponses }, { capabilities: TASKS })
  expect((await told()).params).toMatchObject({ status: 'working' })
  await worker.finish(taskId)
  expect((await told()).params).toMatchObject({ status: 'completed', result: { resultType: 'complete' } })
  stream.leave()
})

test('tells nothing before what it honours, however much happens meanwhile [R28]', async () => {
  const taskIds = await Promise.all(Array.from({ length: 50 }, () => anna.createTask('look')))
  const { ledger } = await worker.claim(taskIds[0] ?? '')
  let isOpen = false
  const opening = listen(anna, { taskIds }).finally(() => {
    isOpen = true
  })
  for (let progress = 1; !isOpen; progress++) await ledger.progress({ progress })
  const stream = await opening
  expect((await stream.next()).message.method).toBe('notifications/subscriptions/acknowledged')
  expect(stream.headers['content-type']).toBe('text/event-stream')
  stream.leave()
})

test('looks once at a task of which there was much news at once, and tells how it stands then [U31]', async () => {
  const [busy, other] = [await anna.createTask('look'), await anna.createTask('look')]
  const proxy = await startStoreProxy(store.url)
  const behind = await openCoordinator(proxy.url, { apiKeys: ['anna=anna-anna-anna-anna'] })
  const stream = await listen(new ModernClient(behind.address, 'anna-anna-anna-anna'), { taskIds: [busy, other] })
  for (let time = 0; time < 2; time++) await stream.nextMessage('notifications/tasks')
  const { ledger } = await worker.claim(busy)
  proxy.freeze()
  await Promise.all(Array.from({ length: 300 }, (_, place) => ledger.progress({ progress: place + 1 })))
  const before = proxy.roundTrips
  proxy.thaw()
  await worker.finish(other)
  const told: { taskId: string }[] = []
  while (told.at(-1)?.taskId !== other) told.push((await stream.nextMessage('notifications/tasks')).message.params)
  expect(proxy.roundTrips - before).toBeLessThan(50)
  stream.leave()
  await behind.close()
  await proxy.stop()
})

test('needs the tasks extension where it is about tasks [U33]', async () => {
  const params = { notifications: { taskIds: [] } }
  const { status, body } = await anna.ask('subscriptions/listen', params)
  expect([status, body.error.code, body.error.data]).toEqual([400, -32021, { requiredCapabilities: TASKS }])
})

test('says nothing of a question that the client cannot be asked, and goes on after it [U39]', async () => {
  const taskId = await anna.createTask('look')
  await worker.ask(taskId, { key: 'q1', question: FORM })
  const stream = await listen(anna, { taskIds: [taskId] }, TASKS)
  await stream.next()
  await anna.ask('tasks/update', { taskId, inputResponses: { q1: { action: 'decline' } } }, { capabilities: TASKS })
  expect((await stream.next()).message.params).toMatchObject({ status: 'working' })
  stream.leave()
})

test('tells that the tools have changed only who asked for it', async () => {
  const [asked, silent] = [await listen(anna, { toolsListChanged: true }), await listen(anna, {})]
  expect((await asked.next()).message.params.notifications).toEqual({ toolsListChanged: true })
  expect((await silent.next()).message.params.notifications).toEqual({})
  await worker.announce([{ name: 'look', definition: 'd2' }])
  expect((await asked.next()).message).toEqual({
    jsonrpc: '2.0',
    method: 'notifications/tools/list_changed',
    params: { _meta: TAG },
  })
  const silence = silent.next()
  asked.leave()
  silent.leave()
  await expect(silence).rejects.toThrow('The stream ended.')
  await worker.announce()
})

test('ends in order with its coordinator [R29]', async () => {
  const ending = await openCoordinator(store.url)
  const stream = await listen(new ModernClient(ending.address), { toolsListChanged: true })
  await stream.next()
  await ending.close()
  expect((await stream.next()).message).toEqual({
    jsonrpc: '2.0',
    id: 'sub',
    result: { resultType: 'complete', _meta: { ...TAG, 'io.modelcontextprotocol/serverInfo': expect.anything() } },
  })
  await stream.ended
})
