import { expect, test } from 'vitest'
import { LIVE_WORKER } from './fixtures/drafts.ts'
import { openStore } from './fixtures/open-store.ts'
import { Workers } from './workers.ts'

const store = await openStore()
const { redis, settings } = store
const workers = new Workers(store.connection, store.watch, settings)

test('a heartbeat says what the worker is, until three are missed', async () => {
  await workers.beat(LIVE_WORKER)
  expect(JSON.parse(`${await redis.get('lh:worker:w1')}`)).toEqual(LIVE_WORKER)
  const left = await redis.pttl('lh:worker:w1')
  expect(left).toBeGreaterThan(2 * settings.heartbeatMs)
  expect(left).toBeLessThanOrEqual(3 * settings.heartbeatMs)
})

test('a worker that leaves is gone at once', async () => {
  await workers.beat(LIVE_WORKER)
  await workers.leave('w1')
  expect(await redis.exists('lh:worker:w1')).toBe(0)
})

test('lists those that live, by id', async () => {
  expect(await workers.live()).toEqual([])
  const others = ['w3', 'w2'].map((id) => ({ ...LIVE_WORKER, id, queues: ['gpu'] }))
  for (const worker of [...others, LIVE_WORKER]) await workers.beat(worker)
  expect((await workers.live()).map(({ id }) => id)).toEqual(['w1', 'w2', 'w3'])
  await workers.leave('w1')
  // As when it has not been heard for too long.
  await redis.del('lh:worker:w3')
  expect(await workers.live()).toEqual([{ ...LIVE_WORKER, id: 'w2', queues: ['gpu'] }])
  expect(await redis.smembers('lh:workers')).toEqual(['w2'])
  expect(await redis.pttl('lh:workers')).toBeGreaterThan(2 * settings.heartbeatMs)
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
