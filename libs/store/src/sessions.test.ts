import { expect, test } from 'vitest'
import { ANNA } from './fixtures/drafts.ts'
import { openStore } from './fixtures/open-store.ts'
import { sessionsKey } from './keys.ts'
import { type Session, Sessions } from './sessions.ts'

const store = await openStore()
const { redis, settings } = store
const sessions = new Sessions(store.connection, settings)
const SESSION: Session = {
  id: 'abc_DEF-1',
  owner: ANNA,
  openedAt: 5,
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
  expect(await sessions.keep(SESSION)).toBe(true)
  expect(await redis.pttl('lh:session:abc_DEF-1')).toBeGreaterThan(settings.sessionTtlMs - 10_000)
  await sessions.close(SESSION)
  expect(await sessions.keep(SESSION)).toBe(false)
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
  await sessions.close(SESSION)
  await sessions.setLogLevel(SESSION, 'debug')
  expect(await sessions.use('abc_DEF-1')).toBeUndefined()
})

test('a closed session is gone, and its streams hear of it', async () => {
  await sessions.open(SESSION)
  const heard = Promise.withResolvers<unknown>()
  const stop = await store.taskWatch.watchSession('abc_DEF-1', heard.resolve)
  await sessions.close(SESSION)
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

test('of the requests that a client cancels the newest are remembered, as long as the session', async () => {
  for (let id = 0; id <= 1000; id++) await sessions.withdraw('abc_DEF-1', String(id))
  const known = await Promise.all(['0', '1', '1000'].map((id) => sessions.isWithdrawn('abc_DEF-1', id)))
  expect(known).toEqual([false, true, true])
  expect(await redis.pttl('lh:session:abc_DEF-1:withdrawn')).toBeGreaterThan(settings.sessionTtlMs - 10_000)
  await sessions.close(SESSION)
  expect(await sessions.isWithdrawn('abc_DEF-1', '1000')).toBe(false)
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
  await sessions.close(session)
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

test('an owner has only so many sessions; those that are over make room, in whichever way they ended', async () => {
  const few = new Sessions(store.connection, { ...settings, maxSessions: 3 })
  const open = (id: string, owner = ANNA) => few.open({ ...SESSION, id, owner })
  const list = sessionsKey(ANNA)
  expect([await open('a'), await open('b'), await open('c'), await open('d')]).toEqual([true, true, true, false])
  expect(await few.use('d')).toBeUndefined()
  // The answer was lost with its connection.
  expect(await open('c')).toBe(true)
  expect(await open('d', { ...ANNA, subject: 'ben' })).toBe(true)
  await few.close({ ...SESSION, id: 'b' })
  expect([await open('e'), await open('f')]).toEqual([true, false])
  // As if the time of all had come: one has been used since, the others have not.
  for (const id of ['a', 'c', 'e']) await redis.zadd(list, 1, id)
  await redis.del('lh:session:a', 'lh:session:e')
  expect([await open('g'), await open('h'), await open('i')]).toEqual([true, true, false])
  expect((await redis.zrange(list, '-inf', '+inf', 'BYSCORE')).toSorted()).toEqual(['c', 'g', 'h'])
  expect(Number(await redis.zscore(list, 'c'))).toBeGreaterThan(await store.now())
})

test('how many sessions an owner has is known as long as one of them is used', async () => {
  await sessions.open(SESSION)
  for (const isUsed of [(process: Sessions) => process.use(SESSION.id), (process: Sessions) => process.keep(SESSION)]) {
    await redis.pexpire(sessionsKey(ANNA), 5000)
    await isUsed(new Sessions(store.connection, settings))
    await expect.poll(() => redis.pttl(sessionsKey(ANNA))).toBeGreaterThan(settings.sessionTtlMs)
  }
})
