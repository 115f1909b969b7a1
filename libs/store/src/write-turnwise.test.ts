import { once } from 'node:events'
import { startTestStore } from '@longhaul/testbed'
import { Redis } from 'ioredis'
import { afterAll, expect, test } from 'vitest'
import { writeTurnwise } from './write-turnwise.ts'

const store = await startTestStore()
const { hostname: host, port } = new URL(store.url)
const options = { host, port: Number(port) }
const redis = writeTurnwise(new Redis(options))
await once(redis, 'ready')
afterAll(async () => {
  redis.disconnect()
  await store.stop()
})

test('sends the commands of a turn together, when the turn ends', async () => {
  const answers = Promise.all([redis.incr('n'), redis.incr('n')]).then(async (first) => {
    const second = [redis.incr('n'), redis.incr('n')]
    expect(redis.stream.writableLength).toBeGreaterThan(0)
    return [...first, ...(await Promise.all(second))]
  })
  const waiting = redis.stream.writableLength
  expect(waiting).toBeGreaterThan(0)
  await new Promise((resolve) => process.nextTick(resolve))
  expect(redis.stream.writableLength).toBeLessThan(waiting)
  expect(await answers).toEqual([1, 2, 3, 4])
})

test('takes commands before it is connected, and after it was connected anew', async () => {
  const other = writeTurnwise(new Redis(options))
  expect(await other.echo('early')).toBe('early')
  other.stream.destroy()
  await once(other, 'ready')
  expect(await Promise.all([other.echo('a'), other.echo('b')])).toEqual(['a', 'b'])
  other.disconnect()
})
