import { startStoreProxy, startTestStore } from '@longhaul/testbed'
import { afterAll, expect, onTestFinished, test } from 'vitest'
import { RedisClaimStore } from './claim-store.ts'
import { Connection } from './connection.ts'
import { NOTHING, newDraft, stepDone } from './fixtures/drafts.ts'
import { openStore } from './fixtures/open-store.ts'
import { taskKeys } from './keys.ts'
import { RedisTaskStore } from './task-store.ts'

const store = await openStore()
const connection = new Connection({ url: store.url, settings: store.settings, whenAway: 'fail' })
const tasks = new RedisTaskStore(connection, store.settings)
const claims = new RedisClaimStore(connection, store.settings)
afterAll(() => connection.close())

async function make(count: number): Promise<string[]> {
  const drafts = Array.from({ length: count }, () => newDraft())
  await Promise.all(drafts.map((draft) => tasks.create(draft)))
  return drafts.map(({ id }) => id)
}

const claim = async (taskId: string) => {
  const claimed = await claims.claim(taskId, { worker: 'w1', leaseMs: 60_000 })
  if (claimed.kind !== 'claimed') throw new Error(`The claim of ${taskId} was ${claimed.kind}.`)
  return claimed
}

/** Calls of scripts that the store has run for `work`. */
async function scriptCalls(work: () => Promise<unknown>): Promise<number> {
  await store.redis.config('RESETSTAT')
  await work()
  const stats = await store.redis.info('commandstats')
  return [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].reduce((sum, [, calls]) => sum + Number(calls), 0)
}

test('what many tasks write in one turn goes out as one call of a script', async () => {
  const ids = await make(20)
  const claimed: Awaited<ReturnType<typeof claim>>[] = []
  expect(await scriptCalls(async () => claimed.push(...(await Promise.all(ids.map(claim)))))).toBe(1)
  expect(claimed.map(({ token }) => token.startsWith('1.'))).toEqual(ids.map(() => true))

  const save = (n: number) => claimed[n]?.ledger.save({ entries: [stepDone(`s${n}`)], waits: [] })
  expect(await scriptCalls(() => Promise.all(ids.map((_, n) => save(n))))).toBe(1)
  const outcome = { kind: 'result', result: { content: [] } } as const
  expect(
    await scriptCalls(() => Promise.all(claimed.map(({ ledger }) => ledger.finish({ ...NOTHING, outcome })))),
  ).toBe(1)

  const journals = await Promise.all(ids.map((id) => store.redis.lrange(taskKeys(id).journal, 0, -1)))
  expect(journals.map((records) => records.map((record) => JSON.parse(record).key))).toEqual(
    ids.map((_, n) => [`s${n}`]),
  )
  const found = await Promise.all(ids.map((id) => tasks.read(id)))
  expect(found.map((task) => task?.status)).toEqual(ids.map(() => 'completed'))
})

test('very many go out as several calls, so that the store hears others in between', async () => {
  const ids = await make(80)
  expect(await scriptCalls(() => Promise.all(ids.map(claim)))).toBe(3)
})

test('large ones go out by themselves, so that the store hears others in between', async () => {
  const ids = await make(8)
  const claimed = await Promise.all(ids.map(claim))
  const outcome = { kind: 'result', result: { content: [{ type: 'text', text: 'x'.repeat(1024 * 1024) }] } } as const
  const finish = () => Promise.all(claimed.map(({ ledger }) => ledger.finish({ ...NOTHING, outcome })))
  expect(await scriptCalls(finish)).toBe(8)
  const found = await Promise.all(ids.map((id) => tasks.read(id)))
  expect(found.map((task) => task?.status)).toEqual(ids.map(() => 'completed'))
})

test('each is told what became of its own, also where that of another fails', async () => {
  const [lost = '', done = '', broken = '', fine = ''] = await make(4)
  const [loser, doer, breaker, finer] = await Promise.all([lost, done, broken, fine].map(claim))
  await store.redis.hset(taskKeys(lost).record, 'token', '2.another')
  await store.redis.set(taskKeys(broken).journal, 'no list')
  const writes = [loser, doer, breaker, finer].map((one) => one?.ledger.save({ entries: [stepDone('s1')], waits: [] }))
  const results = await Promise.allSettled(writes)
  await store.redis.del(taskKeys(broken).journal)
  expect(results).toEqual([
    { status: 'fulfilled', value: { kind: 'stale' } },
    { status: 'fulfilled', value: { kind: 'saved', tail: [] } },
    { status: 'rejected', reason: expect.objectContaining({ message: expect.stringMatching(/^WRONGTYPE/) }) },
    { status: 'fulfilled', value: { kind: 'saved', tail: [] } },
  ])
  expect(await store.redis.llen(taskKeys(fine).journal)).toBe(1)
})

test('a store that is full refuses each of them, and says so', async () => {
  const [first = '', second = ''] = await make(2)
  await store.redis.config('SET', 'maxmemory', '1')
  try {
    const results = await Promise.allSettled([first, second].map(claim))
    const message = expect.stringContaining('The task store is full')
    const refusal = { status: 'rejected', reason: expect.objectContaining({ code: 'store_unavailable', message }) }
    expect(results).toEqual([refusal, refusal])
  } finally {
    await store.redis.config('SET', 'maxmemory', '0')
  }
})

test('what a store refuses that has become a replica goes to the one that is the master now', async () => {
  const [proxy, master] = await Promise.all([startStoreProxy(store.url), startTestStore()])
  const moving = new Connection({ url: proxy.url, settings: store.settings, whenAway: 'fail' })
  onTestFinished(async () => {
    await moving.close()
    await Promise.all([proxy.stop(), master.stop()])
  })
  await moving.admitted()
  await store.redis.replicaof('127.0.0.1', 1)
  proxy.moveTo(master.url)
  const moved = new RedisTaskStore(moving, store.settings)
  const drafts = [newDraft(), newDraft()]
  const creations = await Promise.allSettled(drafts.map((draft) => moved.create(draft)))
  await store.redis.replicaof('NO', 'ONE')
  expect(creations).toEqual(drafts.map(() => ({ status: 'fulfilled', value: { kind: 'created' } })))
  const found = await Promise.all(drafts.map(({ id }) => moved.read(id)))
  expect(found.map((task) => task?.id)).toEqual(drafts.map(({ id }) => id))
})

test('a connection that is closed in the same turn still sends what it was given', async () => {
  const closing = new Connection({ url: store.url, settings: store.settings, whenAway: 'fail' })
  await closing.admitted()
  const draft = newDraft()
  const created = new RedisTaskStore(closing, store.settings).create(draft)
  await Promise.all([closing.close(), created])
  expect(await created).toEqual({ kind: 'created' })
})
