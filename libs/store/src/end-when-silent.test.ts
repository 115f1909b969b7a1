import { once } from 'node:events'
import { startStoreProxy, startTestStore } from '@longhaul/testbed'
import { Redis } from 'ioredis'
import { afterAll, expect, test } from 'vitest'
import { endWhenSilent } from './end-when-silent.ts'

const store = await startTestStore()
const proxy = await startStoreProxy(store.url)
const { hostname: host, port } = new URL(proxy.url)
const redis = endWhenSilent(new Redis({ host, port: Number(port), maxRetriesPerRequest: null }), 90)
redis.on('error', () => {})
await once(redis, 'ready')
afterAll(async () => {
  redis.disconnect()
  await proxy.stop()
  await store.stop()
})

test('a connection that owes nothing may be silent', async () => {
  const { stream } = redis
  await redis.echo('a')
  const other = new Redis(store.url)
  // Longer than a silent one would be left.
  await other.blpop('nothing', 0.3)
  other.disconnect()
  expect([redis.status, redis.stream === stream]).toEqual(['ready', true])
})

test('one that owes an answer is opened anew, and asks again', async () => {
  const { stream } = redis
  proxy.freeze()
  const answer = redis.echo('b')
  const [error] = await once(redis, 'error')
  expect(error).toMatchObject({ message: 'Socket timeout: no answer within 90 ms.' })
  proxy.thaw()
  expect(await answer).toBe('b')
  expect(redis.stream === stream).toBe(false)
})
