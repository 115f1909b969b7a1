import { expect, test } from 'vitest'
import { openStore } from './fixtures/open-store.ts'
import { type WorkerState, Workers } from './workers.ts'

const store = await openStore()
const { redis, settings } = store
const workers = new Workers(store.connection, store.watch, settings)
const STATE: WorkerState = { id: 'w1', pid: 7, queues: ['default'], concurrency: 20, running: 3, refusedWrites: 1 }

test('a heartbeat says what the worker is, until three are missed', async () => {
  await workers.beat(STATE)
  expect(JSON.parse(`${await redis.get('lh:worker:w1')}`)).toEqual(STATE)
  const left = await redis.pttl('lh:worker:w1')
  expect(left).toBeGreaterThan(2 * settings.heartbeatMs)
  expect(left).toBeLessThanOrEqual(3 * settings.heartbeatMs)
})

test('a worker that leaves is gone at once', async () => {
  await workers.beat(STATE)
  await workers.leave('w1')
  expect(await redis.exists('lh:worker:w1')).toBe(0)
})

test('news that are none are not heard', async () => {
  const heard: unknown[] = []
  const stop = await workers.listen('w1', (...news) => heard.push(news))
  for (const message of ['', 'lost', 'found x', 'lost x', 'grown y']) await redis.publish('lh:worker:w1', message)
  await expect
    .poll(() => heard)
    .toEqual([
      ['lost', 'x'],
      ['grown', 'y'],
    ])
  await stop()
})
