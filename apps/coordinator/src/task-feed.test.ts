import { Connection, EventLog, RedisTaskWatch, Watch } from '@longhaul/store'
import { readSettings } from '@longhaul/task'
import { startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openCoordinator, openWorker, type TestCoordinator, type TestWorker } from '../test/coordinator.ts'
import { TaskFeed } from './task-feed.ts'

let store: TestStore
let worker: TestWorker
let coordinator: TestCoordinator
let connection: Connection
beforeAll(async () => {
  store = await startTestStore()
  worker = await openWorker(store.url)
  coordinator = await openCoordinator(store.url)
  connection = new Connection({ url: store.url, settings: readSettings({}), whenAway: 'wait' })
})
afterAll(async () => {
  await coordinator.close()
  await connection.close()
  await worker.close()
  await store.stop()
})

/** A task with events 1 created, 2 claimed, and what it says from then on; a feed of it. */
async function openFeed(after?: number) {
  const session = await coordinator.initialize()
  const taskId = await session.createTask('look')
  const { ledger } = await worker.claim(taskId)
  const told: (string | number)[] = []
  const feed = new TaskFeed({
    watch: new RedisTaskWatch(new Watch(connection)),
    eventLog: new EventLog(connection),
    taskId,
    onEvent: (event) => void told.push(event.type === 'look' ? 'look' : event.seq),
    ...(after !== undefined && { after }),
  })
  return { ledger, feed, told }
}

test('what came before it listened is read where it is asked for, and told once and in order', async () => {
  const { ledger, feed, told } = await openFeed(1)
  await ledger.log('info', 'three')
  const stop = await feed.open()
  await feed.catchUp(3)
  expect(told).toEqual([2, 3])
  await ledger.log('info', 'four')
  await expect.poll(() => told).toEqual([2, 3, 4])
  await feed.catchUp(4)
  expect(told).toEqual([2, 3, 4])
  await stop()
})

test('what was missed is told before what follows it', async () => {
  const { ledger, feed, told } = await openFeed(1)
  await ledger.log('info', 'three')
  const stop = await feed.open()
  await ledger.log('info', 'four')
  await expect.poll(() => told).toEqual([2, 3, 4])
  await stop()
})

test('without a beginning it begins with what comes', async () => {
  const { ledger, feed, told } = await openFeed()
  await ledger.log('info', 'three')
  const stop = await feed.open()
  await feed.catchUp(3)
  await ledger.log('info', 'four')
  await expect.poll(() => told).toEqual([4])
  await stop()
})
