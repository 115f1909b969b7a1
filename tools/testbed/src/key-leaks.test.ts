import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { findKeyLeaks } from './key-leaks.ts'
import { startTestStore, type TestStore } from './start-test-store.ts'

let store: TestStore
let redis: Redis
beforeAll(async () => {
  store = await startTestStore()
  redis = new Redis(store.url)
})
afterEach(() => store.flush())
afterAll(async () => {
  redis.disconnect()
  await store.stop()
})

const TASK = '0fabcdefghijklmnopqrstuv'
const OWNER = '{lh:0f}:owner:0123456789012345678901'

test('finds nothing wrong with a live task, its wake-up and a session', async () => {
  await redis.hset(`{lh:0f}:task:${TASK}`, 'status', 'working')
  await redis.rpush(`{lh:0f}:journal:${TASK}`, '{}')
  await redis.zadd('{lh:0f}:due', 5, TASK)
  await redis.zadd(OWNER, 5, TASK)
  await redis.xadd('{lh:0f}:events', '*', 'task', TASK)
  await redis.set('lh:session:abc', '{}', 'PX', 5000)
  await redis.hset('{lh:queue}:default:1', 'name', 'advance')
  await redis.lpush('{lh:queue}:default:wait', '1')
  await redis.set(`{lh:queue}:default:de:${TASK}`, '1')
  expect(await findKeyLeaks(store.url)).toEqual([])
})

test('finds what is wrong with the keys that are left', async () => {
  await redis.set('lh:session:abc', '{}')
  await redis.set('lh:worker:abc', '{}')
  await redis.set('lh:odd', '1')
  await redis.set('{lh:0f}:other', '1')
  await redis.hset('{lh:queue}:default:2', 'name', 'advance')
  await redis.hset(`{lh:0f}:waits:${TASK}`, 'q1', 'q')
  await redis.hset(`{lh:1f}:delivery:${TASK}`, 'stream:a', '1')
  await redis.zadd('{lh:0f}:due', 5, TASK)
  await redis.zadd(OWNER, 5, TASK)
  expect(await findKeyLeaks(store.url)).toEqual([
    'lh:odd fits no key rule',
    'lh:session:abc has no time to live',
    'lh:worker:abc has no time to live',
    `{lh:0f}:due names ${TASK}, which is no task`,
    '{lh:0f}:other fits no key rule',
    `${OWNER} names ${TASK}, which is no task`,
    `{lh:0f}:waits:${TASK} belongs to no task`,
    `{lh:1f}:delivery:${TASK} is not in the partition of its task`,
    '{lh:queue}:default:2 is a wake-up that nobody will take',
  ])
})

test('finds a task that no sweep will reach', async () => {
  await redis.hset(`{lh:0f}:task:${TASK}`, 'status', 'working')
  expect(await findKeyLeaks(store.url)).toEqual([`{lh:0f}:task:${TASK} belongs to a task that is never due`])
})

test('finds nothing wrong with keys that expire while it looks', async () => {
  const expiring = redis.pipeline()
  for (let ms = 1; ms <= 300; ms++) expiring.set(`lh:session:s${ms}`, '{}', 'PX', ms)
  await expiring.exec()
  expect(await findKeyLeaks(store.url)).toEqual([])
})

test('finds names of tasks that are gone, and counts that are not theirs', async () => {
  const owner = OWNER.slice(-22)
  await redis.hset(`{lh:0f}:task:${TASK}`, 'owner', owner, 'run', 'ready')
  await redis.zadd('{lh:0f}:due', 5, TASK)
  await redis.hset(`{lh:0f}:submissions:${owner}`, 'k', `${TASK} payload`)
  await redis.hset('{lh:0f}:open', owner, 1)
  expect(await findKeyLeaks(store.url)).toEqual([])

  const gone = '0fABCDEFGHIJKLMNOPQRSTUV'
  await redis.zadd('{lh:0f}:dead', 5, gone)
  await redis.hset(`{lh:0f}:submissions:${owner}`, 'l', `${gone} payload`)
  await redis.hset('{lh:0f}:open', owner, 2)
  expect(await findKeyLeaks(store.url)).toEqual([
    `{lh:0f}:dead names ${gone}, which is no task`,
    `{lh:0f}:open says 2 of ${owner}, which has 1 open tasks`,
    `{lh:0f}:submissions:${owner} names ${gone}, which is no task`,
  ])
})
