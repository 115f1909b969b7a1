import { expect, test } from 'vitest'
import { openStore } from './fixtures/open-store.ts'
import { Watch } from './watch.ts'

const store = await openStore()
const { redis, connection } = store
const watch = new Watch(connection, { lingerMs: 1 })

test('listeners of one channel come and go on their own', async () => {
  const heard: string[] = []
  const [stopOne, stopOther] = await Promise.all([
    watch.on('c1', (message) => heard.push(`one ${message}`)),
    watch.on('c1', (message) => heard.push(`other ${message}`)),
  ])
  await redis.publish('c1', 'a')
  await expect.poll(() => heard).toEqual(['one a', 'other a'])
  await stopOne()
  expect(await redis.publish('c1', 'b')).toBe(1)
  await expect.poll(() => heard).toEqual(['one a', 'other a', 'other b'])
  await stopOther()
  await expect.poll(() => redis.publish('c1', 'c')).toBe(0)
})

test('a channel that was left is still listened to for a while, for whoever comes back', async () => {
  const lingering = new Watch(connection, { lingerMs: 60_000 })
  const subscribed = async () => Number(/cmdstat_subscribe:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1])
  const heard: string[] = []
  const stop = await lingering.on('c2', () => {})
  await stop()
  const before = await subscribed()
  const stopAgain = await lingering.on('c2', (message) => heard.push(message))
  expect(await subscribed()).toBe(before)
  await redis.publish('c2', 'a')
  await expect.poll(() => heard).toEqual(['a'])
  await stopAgain()
})

test('one who comes while the last one goes is heard', async () => {
  const heard: string[] = []
  const stopFirst = await watch.on('c1', () => {})
  const [stopSecond] = await Promise.all([watch.on('c1', (message) => heard.push(message)), stopFirst()])
  await redis.publish('c1', 'a')
  await expect.poll(() => heard).toEqual(['a'])
  const [, stopThird] = await Promise.all([stopSecond(), watch.on('c1', (message) => heard.push(message))])
  await redis.publish('c1', 'b')
  await expect.poll(() => heard).toEqual(['a', 'b'])
  await stopThird()
})

test('stopping twice is stopping once', async () => {
  const heard: string[] = []
  const stopFirst = await watch.on('c1', () => {})
  await stopFirst()
  const stopSecond = await watch.on('c1', (message) => heard.push(message))
  await stopFirst()
  await redis.publish('c1', 'a')
  await expect.poll(() => heard).toEqual(['a'])
  await stopSecond()
})

test('the mark of a channel is another one after each message, and there is none while nobody listens', async () => {
  const marked = new Watch(connection, { lingerMs: 1 })
  expect(marked.markOf('c3')).toBeUndefined()
  const heard: string[] = []
  const stop = await marked.on('c3', (message) => heard.push(message))
  const first = marked.markOf('c3')
  expect(first).toBeDefined()
  const stopOther = await marked.on('c3', () => {})
  expect(marked.markOf('c3')).toBe(first)
  await redis.publish('c3', 'a')
  await expect.poll(() => heard).toEqual(['a'])
  const second = marked.markOf('c3')
  expect(second).not.toBe(first)
  await Promise.all([stop(), stopOther()])
  await expect.poll(() => marked.markOf('c3')).toBeUndefined()
  const stopAgain = await marked.on('c3', () => {})
  expect([undefined, first, second]).not.toContain(marked.markOf('c3'))
  await stopAgain()
})
