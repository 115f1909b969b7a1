import { expect, test } from 'vitest'
import { ANNA } from './fixtures/drafts.ts'
import { openStore } from './fixtures/open-store.ts'
import { HostedTasks } from './hosted-tasks.ts'
import { Sessions } from './sessions.ts'

const store = await openStore()
const { redis, settings, connection } = store
const hosted = new HostedTasks(connection, settings)
const sessions = new Sessions(connection, settings)

const SESSION = { id: 's1', owner: ANNA }
const ONE = { id: 'of.the client', taskId: 't1', key: 'q.1', attempt: 2, pollMs: 500 }
const OTHER = { id: 'other', taskId: 't2', key: 'q1', attempt: 1 }

test('what the client of a session keeps is known to every process, once for each of its ids', async () => {
  await hosted.note('s1', ONE)
  await hosted.note('s1', OTHER)
  await hosted.note('s1', ONE)
  expect(await new HostedTasks(connection, settings).list('s1')).toEqual([ONE, OTHER])
  expect(await hosted.list('s2')).toEqual([])
})

test('one that is over says so, until it is dropped', async () => {
  await hosted.note('s1', ONE)
  await hosted.markOver('s1', ONE)
  expect(await hosted.list('s1')).toEqual([{ ...ONE, isOver: true }])
  await hosted.drop('s1', ONE.id)
  expect(await hosted.list('s1')).toEqual([])
})

test('of several who drop a task one is the first', async () => {
  await hosted.note('s1', ONE)
  const dropped = await Promise.all(Array.from({ length: 5 }, () => hosted.drop('s1', ONE.id)))
  expect(dropped.filter(Boolean)).toHaveLength(1)
})

test('it lives as long as the session, and ends with it', async () => {
  await hosted.note('s1', ONE)
  await redis.pexpire('lh:session:s1:hosted', 5000)
  await sessions.keep(SESSION)
  expect(await redis.pttl('lh:session:s1:hosted')).toBeGreaterThan(settings.sessionTtlMs - 10_000)
  await sessions.close(SESSION)
  expect(await hosted.list('s1')).toEqual([])
})

test('a client has no more than it may have', async () => {
  const few = new HostedTasks(connection, { ...settings, maxHostedTasks: 1 })
  expect(await few.note('s1', ONE)).toBe(true)
  expect(await few.note('s1', OTHER)).toBe(false)
  expect(await hosted.list('s1')).toEqual([ONE])
  await sessions.close(SESSION)
})

test('what a client says of a question is kept only as long as it may be', async () => {
  expect(await hosted.note('s1', { ...ONE, key: 'k'.repeat(20_000) })).toBe(false)
  expect(await hosted.list('s1')).toEqual([])
})
