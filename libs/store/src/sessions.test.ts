import { expect, test } from 'vitest'
import { ANNA } from './fixtures/drafts.ts'
import { openStore } from './fixtures/open-store.ts'
import { type Session, Sessions } from './sessions.ts'

const store = await openStore()
const { redis, settings } = store
const sessions = new Sessions(store.connection, settings)
const SESSION: Session = {
  id: 'abc_DEF-1',
  owner: ANNA,
  protocolVersion: '2025-11-25',
  capabilities: { sampling: {} },
}

test('a session is what initialize left, for any process', async () => {
  await sessions.open(SESSION)
  expect(await sessions.use('abc_DEF-1')).toEqual(SESSION)
  expect(await redis.pttl('lh:session:abc_DEF-1')).toBeGreaterThan(settings.sessionTtlMs - 10_000)
})

test('using a session keeps it', async () => {
  await sessions.open(SESSION)
  await redis.pexpire('lh:session:abc_DEF-1', 5000)
  await sessions.use('abc_DEF-1')
  expect(await redis.pttl('lh:session:abc_DEF-1')).toBeGreaterThan(settings.sessionTtlMs - 10_000)
})

test('an open stream keeps its session, and hears when there is none any more', async () => {
  await sessions.open(SESSION)
  await redis.pexpire('lh:session:abc_DEF-1', 5000)
  expect(await sessions.keep('abc_DEF-1')).toBe(true)
  expect(await redis.pttl('lh:session:abc_DEF-1')).toBeGreaterThan(settings.sessionTtlMs - 10_000)
  await sessions.close('abc_DEF-1')
  expect(await sessions.keep('abc_DEF-1')).toBe(false)
  expect(await redis.exists('lh:session:abc_DEF-1')).toBe(0)
})

test('what several requests change in a session at once is all changed', async () => {
  for (let round = 0; round < 20; round++) {
    await sessions.open(SESSION)
    await Promise.all([sessions.setLogLevel(SESSION, 'debug'), sessions.setKnowsOwnTasksOnly(SESSION)])
    expect(await sessions.use('abc_DEF-1')).toEqual({ ...SESSION, logLevel: 'debug', knowsOwnTasksOnly: true })
  }
})

test('a session that is over is not brought back by what changes in it', async () => {
  await sessions.open(SESSION)
  await sessions.close('abc_DEF-1')
  await sessions.setLogLevel(SESSION, 'debug')
  expect(await sessions.use('abc_DEF-1')).toBeUndefined()
})

test('a closed session is gone, and its streams hear of it', async () => {
  await sessions.open(SESSION)
  const heard = Promise.withResolvers<unknown>()
  const stop = await store.taskWatch.watchSession('abc_DEF-1', heard.resolve)
  await sessions.close('abc_DEF-1')
  expect(await heard.promise).toEqual({ type: 'closed' })
  expect(await sessions.use('abc_DEF-1')).toBeUndefined()
  await stop()
})

test.each(['abc_DEF-1:withdrawn:7', 'abc', '', 'a b', '../x', 'x'.repeat(129)])(
  'an id that a client made up is no session: %j',
  async (id) => {
    await sessions.open(SESSION)
    await sessions.withdraw('abc_DEF-1', '7')
    expect(await sessions.use(id)).toBeUndefined()
  },
)

test('a withdrawn request is known as such to every process for a while', async () => {
  const heard = Promise.withResolvers<unknown>()
  const stop = await store.taskWatch.watchSession('abc_DEF-1', heard.resolve)
  expect(await sessions.isWithdrawn('abc_DEF-1', '"7"')).toBe(false)
  await sessions.withdraw('abc_DEF-1', '"7"')
  expect(await heard.promise).toEqual({ type: 'withdrawn', requestId: '"7"' })
  expect(await sessions.isWithdrawn('abc_DEF-1', '"7"')).toBe(true)
  expect(await sessions.isWithdrawn('abc_DEF-1', '7')).toBe(false)
  expect(await sessions.isWithdrawn('other', '"7"')).toBe(false)
  await stop()
})

test('whoever withdraws a call whose stream broke off hears its task', async () => {
  const taskId = `00${'a'.repeat(22)}`
  await sessions.leaveCall('abc_DEF-1', '"left"', taskId)
  expect(await sessions.withdraw('abc_DEF-1', '"left"')).toBe(taskId)
  expect(await sessions.withdraw('abc_DEF-1', '"held"')).toBeUndefined()
  expect(await redis.pttl('lh:session:abc_DEF-1:left:"left"')).toBeGreaterThan(settings.sessionTtlMs - 10_000)
})

test('what a session subscribed to, and the level that it wants, are known to every process as long as the session', async () => {
  const id = 'abc_DEF-2'
  const session = { ...SESSION, id }
  await sessions.open(session)
  expect(await sessions.subscribe(id, 'notes://a')).toBe(true)
  expect(await sessions.subscribe(id, 'notes://b')).toBe(true)
  await sessions.unsubscribe(id, 'notes://a')
  expect(await sessions.subscriptions(id)).toEqual(['notes://b'])
  expect(await redis.pttl(`lh:session:${id}:subscriptions`)).toBeGreaterThan(settings.sessionTtlMs - 10_000)
  await sessions.setLogLevel(session, 'error')
  expect(await sessions.use(id)).toEqual({ ...session, logLevel: 'error' })
  await sessions.close(id)
  expect(await sessions.subscriptions(id)).toEqual([])
  await sessions.setLogLevel(session, 'debug')
  expect(await sessions.use(id)).toBeUndefined()
})

test('a session has no more subscriptions than one may have', async () => {
  const id = 'abc_DEF-3'
  const few = new Sessions(store.connection, { ...settings, maxSubscriptions: 2 })
  for (const uri of ['notes://a', 'notes://b']) expect(await few.subscribe(id, uri)).toBe(true)
  expect(await few.subscribe(id, 'notes://more')).toBe(false)
  await redis.del(`lh:session:${id}:subscriptions`)
})

test('of two changes of a session by requests that read it before, both are kept', async () => {
  await sessions.open(SESSION)
  await sessions.setLogLevel(SESSION, 'error')
  await sessions.setKnowsOwnTasksOnly(SESSION)
  await sessions.setLogLevel(SESSION, 'debug')
  expect(await sessions.use(SESSION.id)).toEqual({ ...SESSION, logLevel: 'debug', knowsOwnTasksOnly: true })
})
