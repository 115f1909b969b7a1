import { expect, test } from 'vitest'
import { openStore } from './fixtures/open-store.ts'
import { RedisPauses } from './pauses.ts'

const store = await openStore()
const pauses = new RedisPauses(store.connection)
const ofAnotherWorker = new RedisPauses(store.connection)

test('an account that one worker pauses is paused for all, until its time is over', async () => {
  expect(await pauses.remainingMs('key-1')).toBe(0)
  await pauses.pause('key-1', 60_000)
  const remainingMs = await ofAnotherWorker.remainingMs('key-1')
  expect(remainingMs).toBeGreaterThan(50_000)
  expect(remainingMs).toBeLessThanOrEqual(60_000)
  expect(await pauses.remainingMs('key-2')).toBe(0)
  await pauses.pause('key-1', 0.5)
  await expect.poll(() => pauses.remainingMs('key-1')).toBe(0)
})

test('the newest word of a provider counts', async () => {
  await pauses.pause('key-3', 60_000)
  await pauses.pause('key-3', 5000)
  expect(await pauses.remainingMs('key-3')).toBeLessThanOrEqual(5000)
})
