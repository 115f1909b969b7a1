import { expect, test } from 'vitest'
import { newDraft } from './fixtures/drafts.ts'
import { openStore } from './fixtures/open-store.ts'
import { OpenTaskCounter, RedisOpenTasks } from './open-tasks.ts'

const store = await openStore()

test('what is open is counted over all owners and partitions, and read behind whoever asks', async () => {
  const owners = ['a', 'b', 'c', 'd'].map((subject) => ({ issuer: 'i', subject }))
  for (const owner of owners) await store.tasks.create(newDraft({ owner }))
  await store.tasks.create(newDraft({ owner: { issuer: 'i', subject: 'a' } }))
  await new OpenTaskCounter(store.connection).count()
  expect(await store.redis.pttl('lh:open')).toBeGreaterThan(50_000)

  const openTasks = new RedisOpenTasks(store.connection)
  expect(openTasks.total()).toBe(0)
  await expect.poll(() => openTasks.total()).toBe(5)
})

test('a counter that is asked all the time counts now and then', async () => {
  const counter = new OpenTaskCounter(store.connection)
  await counter.count()
  await store.tasks.create(newDraft())
  await counter.count()
  expect(await store.redis.get('lh:open')).toBe('0')
})

test('without a count nothing is open', async () => {
  const openTasks = new RedisOpenTasks(store.connection)
  openTasks.total()
  await store.connection.send((redis) => redis.ping())
  expect(openTasks.total()).toBe(0)
})
