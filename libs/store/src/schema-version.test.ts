import { expect, onTestFinished, test } from 'vitest'
import { CatalogReader } from './catalog-store.ts'
import { Connection } from './connection.ts'
import { newDraft, testSettings } from './fixtures/drafts.ts'
import { openStore } from './fixtures/open-store.ts'
import { taskKeys } from './keys.ts'
import { SCHEMA_VERSION } from './schema-version.ts'
import { RedisTaskStore } from './task-store.ts'
import { Watch } from './watch.ts'

const { url, redis, tasks } = await openStore()
const settings = testSettings()
const NEWER = `The store is of schema version ${SCHEMA_VERSION + 1}, and this Longhaul knows ${SCHEMA_VERSION}: a newer one has used it, and may have written what this one would misread. Start that newer Longhaul, or use another store.`

function open(whenAway: 'fail' | 'wait' = 'fail', onlyLooks = false) {
  const refusals: string[] = []
  const connection = new Connection({
    url,
    settings,
    whenAway,
    onlyLooks,
    onRefused: (reason) => refusals.push(reason),
  })
  onTestFinished(() => connection.close())
  return { connection, refusals, tasks: new RedisTaskStore(connection, settings) }
}

test('a new store is of our version from the first connection on', async () => {
  await open().connection.admitted()
  expect(await redis.get('lh:schema')).toBe(String(SCHEMA_VERSION))
})

test('a store of version 1, which said no version, is made one of ours, once however many processes come', async () => {
  const draft = newDraft()
  await tasks.create(draft)
  await redis.del('lh:schema')
  // As version 1 had the catalog: who announced what, by name.
  await redis.hset('{lh:catalog}:entries', 'read', '{"name":"read","definition":"d1"}')
  await redis.zadd('{lh:catalog}:seen', 1, 'read')
  const processes = [open(), open(), open('wait')]
  await Promise.all(processes.map(({ connection }) => connection.admitted()))
  expect(await redis.get('lh:schema')).toBe(String(SCHEMA_VERSION))
  expect(await redis.exists('{lh:catalog}:entries', '{lh:catalog}:seen')).toBe(0)
  const [{ connection, tasks: store }] = processes as [ReturnType<typeof open>]
  expect(await new CatalogReader(connection, new Watch(connection)).entries()).toEqual([])
  expect((await store.read(draft.id))?.head).toEqual(draft.head)
})

test('a store of an older version is refused to who only looks, and stays what it is', async () => {
  await redis.set('lh:schema', SCHEMA_VERSION - 1)
  const looking = open('fail', true)
  await expect(looking.connection.admitted()).rejects.toMatchObject({
    code: 'store_unavailable',
    message: expect.stringContaining('an older one runs on it. Use the commands of that one;'),
  })
  expect(await redis.get('lh:schema')).toBe(String(SCHEMA_VERSION - 1))
  // Nothing has been started on a store that is new.
  await redis.del('lh:schema')
  await open('fail', true).connection.admitted()
  expect(await redis.exists('lh:schema')).toBe(0)
})

test('a store of a newer version is refused, and nothing is written to it', async () => {
  await redis.set('lh:schema', SCHEMA_VERSION + 1)
  const [server, worker] = [open(), open('wait')]
  const draft = newDraft()
  await expect(server.tasks.create(draft)).rejects.toMatchObject({ code: 'store_unavailable', message: NEWER })
  expect([server.connection.refusal, server.refusals]).toEqual([NEWER, [NEWER]])
  const creating = worker.tasks.create(draft)
  await expect.poll(() => worker.refusals).toEqual([NEWER])
  expect(await redis.exists(taskKeys(draft.id).record)).toBe(0)
  // Somebody has put back the store of before: who waited goes on.
  await redis.set('lh:schema', SCHEMA_VERSION)
  expect(await creating).toEqual({ kind: 'created' })
})

test('a store that a newer process has taken meanwhile is refused by who was connected, when its connection is lost', async () => {
  const { connection, tasks: store } = open()
  await connection.admitted()
  await redis.set('lh:schema', SCHEMA_VERSION + 1)
  await redis.call('CLIENT', 'KILL', 'SKIPME', 'yes')
  const failure = () =>
    store.create(newDraft()).then(
      () => 'created',
      (error) => error.message,
    )
  await expect.poll(failure, { timeout: 10_000 }).toBe(NEWER)
  await redis.set('lh:schema', SCHEMA_VERSION)
  await expect.poll(() => connection.isReady(), { timeout: 10_000 }).toBe(true)
})
