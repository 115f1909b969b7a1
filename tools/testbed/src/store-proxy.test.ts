import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestStore, type TestStore } from './start-test-store.ts'
import { type StoreProxy, startStoreProxy } from './store-proxy.ts'

let store: TestStore
let proxy: StoreProxy
beforeAll(async () => {
  store = await startTestStore()
  proxy = await startStoreProxy(store.url)
})
afterAll(async () => {
  await proxy.stop()
  await store.stop()
})
const open = () => {
  const redis = new Redis(proxy.url, { retryStrategy: () => null })
  redis.on('error', () => {})
  return redis
}

test('counts how often a client waits for an answer', async () => {
  const redis = open()
  await redis.ping()
  const before = proxy.roundTrips
  await redis.get('a')
  await redis.get('a')
  expect(proxy.roundTrips - before).toBe(2)
  await redis.pipeline().get('a').get('b').get('c').exec()
  expect(proxy.roundTrips - before).toBe(3)
  redis.disconnect()
})

test('a store that was cut off refuses, and is the same when it is back', async () => {
  const redis = open()
  await redis.set('a', '1')
  await proxy.cut()
  await expect(redis.get('a')).rejects.toThrow()
  await expect(open().get('a')).rejects.toThrow()
  await proxy.restore()
  const again = open()
  expect(await again.get('a')).toBe('1')
  again.disconnect()
})

test('an answer is lost although the store did what it was asked', async () => {
  const redis = open()
  await redis.set('lost', '1')
  const isLost = proxy.loseAnswer(1)
  expect(await redis.incr('lost')).toBe(2)
  await expect(redis.incr('lost')).rejects.toThrow()
  await isLost
  const again = open()
  expect(await again.get('lost')).toBe('3')
  again.disconnect()
})

test('nothing is sent again before a store has thawed that froze when an answer was lost', async () => {
  const redis = new Redis(proxy.url)
  redis.on('error', () => {})
  await redis.set('again', '1')
  const isLost = proxy.loseAnswer(0, 'freeze')
  const answer = redis.incr('again')
  await isLost
  const other = new Redis(store.url)
  expect(await other.incrby('again', 10)).toBe(12)
  proxy.thaw()
  expect(await answer).toBe(13)
  for (const one of [redis, other]) one.disconnect()
})

test('a frozen store answers when it has thawed', async () => {
  const old = open()
  await old.ping()
  proxy.freeze()
  const young = open()
  const answers: string[] = []
  const both = Promise.all([old, young].map((redis) => redis.ping().then((answer) => answers.push(answer))))
  const other = new Redis(store.url)
  expect(await other.ping()).toBe('PONG')
  expect(answers).toEqual([])
  proxy.thaw()
  await both
  expect(answers).toEqual(['PONG', 'PONG'])
  for (const redis of [old, young, other]) redis.disconnect()
})

test('leads to another store once that has moved', async () => {
  const other = await startTestStore()
  const redis = open()
  await redis.set('a', 'here')
  proxy.moveTo(other.url)
  expect(await redis.get('a')).toBe('here')
  expect(await open().get('a')).toBe(null)
  proxy.moveTo(store.url)
  expect(await open().get('a')).toBe('here')
  await other.stop()
})
