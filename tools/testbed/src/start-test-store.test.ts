import { Redis } from 'ioredis'
import { describe, expect, test } from 'vitest'
import { needs } from './needs.ts'
import { chooseKind, startTestStore, type TestStoreKind } from './start-test-store.ts'

describe.for<TestStoreKind>(['embedded', 'native'])('a test store that is %s', (kind) => {
  const canRun = kind === 'embedded' || needs('redis-server', 'a test store that is native')

  test.runIf(canRun)('is empty, can be emptied, and is gone after stop', async () => {
    const store = await startTestStore({ kind })
    const redis = new Redis(store.url, { retryStrategy: () => null })
    redis.on('error', () => {})
    expect(await redis.dbsize()).toBe(0)
    await redis.set('key', 'value')
    await store.flush()
    expect(await redis.dbsize()).toBe(0)
    await store.stop()
    await expect(redis.ping()).rejects.toThrow()
  })

  test.runIf(canRun)('is not that of another file', async () => {
    const stores = await Promise.all([startTestStore({ kind }), startTestStore({ kind })])
    expect(new Set(stores.map(({ url }) => url)).size).toBe(2)
    await Promise.all(stores.map((store) => store.stop()))
  })
})

test('is native where there is a server, embedded where there is none, and what LONGHAUL_TEST_STORE says', () => {
  expect(chooseKind({ PATH: '' })).toBe('embedded')
  expect(chooseKind({ PATH: '', LONGHAUL_TEST_STORE: 'native' })).toBe('native')
  expect(chooseKind({ PATH: process.env.PATH, LONGHAUL_TEST_STORE: 'embedded' })).toBe('embedded')
  expect(() => chooseKind({ LONGHAUL_TEST_STORE: 'redis' })).toThrow(
    'LONGHAUL_TEST_STORE=redis: it takes native or embedded.',
  )
})
