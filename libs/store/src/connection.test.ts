import { type StoreProxy, startStoreProxy, startTestStore, type TestStore } from '@longhaul/testbed'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { CatalogAnnouncer, CatalogReader } from './catalog-store.ts'
import { RedisClaimStore } from './claim-store.ts'
import { Connection } from './connection.ts'
import { RedisDueStore } from './due-store.ts'
import { newDraft, stepDone, testSettings } from './fixtures/drafts.ts'
import { taskKeys } from './keys.ts'
import { RedisTaskStore } from './task-store.ts'
import { Watch } from './watch.ts'

const settings = testSettings()
let store: TestStore
let proxy: StoreProxy
beforeAll(async () => {
  store = await startTestStore()
})
beforeEach(async () => {
  proxy = await startStoreProxy(store.url)
})
afterEach(async () => {
  await proxy.stop()
  await store.flush()
})
afterAll(() => store.stop())

const AWAY = {
  code: 'store_unavailable',
  message: 'The task store cannot be reached just now. Nothing was lost; try again shortly.',
}
/** It is there, as far as anybody knows, and does not answer. */
const LATE = {
  code: 'store_unavailable',
  message:
    'The task store cannot be reached just now: no answer came within LONGHAUL_STORE_ANSWER_MS. Nothing was lost; try again shortly.',
}
const FULL = {
  code: 'store_unavailable',
  message: 'The task store is full and takes nothing new. Nothing was lost; give it more memory or disk.',
}

interface Opened {
  readonly connection: Connection
  readonly tasks: RedisTaskStore
  /** What onState was told, `away` with its reason. */
  readonly told: string[]
}
function open(whenAway: 'fail' | 'wait', url = proxy.url): Opened {
  const told: string[] = []
  const onState = (state: string, reason?: string) => told.push([state, reason].filter(Boolean).join(': '))
  const connection = new Connection({ url, settings, whenAway, onState })
  onTestFinished(() => connection.close())
  return { connection, tasks: new RedisTaskStore(connection, settings), told }
}
/** Without limits of our own it would be 15 s, after which a silent connection is opened anew, or for ever. */
const SOON_MS = 10_000

/** Milliseconds until the promise rejected, and with what. */
async function failure(promise: Promise<unknown>): Promise<{ error: unknown; ms: number }> {
  const start = performance.now()
  const error = await promise.then(
    (value) => new Error(`It came to ${JSON.stringify(value)}.`),
    (reason) => reason,
  )
  return { error, ms: performance.now() - start }
}

describe('a connection that fails when the store is away', () => {
  test('fails every kind of call soon, and recovers by itself', async () => {
    const { connection, tasks, told } = open('fail')
    const watch = new Watch(connection)
    const draft = newDraft()
    await tasks.create(draft)
    const stop = await watch.on('channel', () => {})
    expect(await connection.isReady()).toBe(true)
    await proxy.cut()

    const calls = [
      tasks.create(newDraft()),
      tasks.read(draft.id),
      tasks.list(draft.head.owner, { limit: 2 }),
      new RedisClaimStore(connection, settings).renew([{ taskId: draft.id, runId: 'r' }], 5000),
      new RedisDueStore(connection, settings).isMyTurn('s'),
      watch.on('other', () => {}),
    ]
    for (const { error, ms } of await Promise.all(calls.map(failure))) {
      expect(error).toMatchObject(AWAY)
      expect(ms).toBeLessThan(SOON_MS)
    }
    expect(await connection.isReady()).toBe(false)
    expect(told).toEqual([expect.stringMatching(/^away: ./)])

    await proxy.restore()
    await expect.poll(() => connection.isReady(), { timeout: 5000 }).toBe(true)
    expect((await tasks.read(draft.id))?.id).toBe(draft.id)
    await expect.poll(() => told).toEqual([expect.stringMatching(/^away: ./), 'back'])
    await stop()
  })

  test('hears again what is published after the store is back', async () => {
    const { connection, tasks, told } = open('fail')
    const watch = new Watch(connection)
    const heard: string[] = []
    const stop = await watch.on('channel', (message) => heard.push(message))
    await proxy.cut()
    await expect.poll(() => told.length).toBe(1)
    await proxy.restore()
    await expect.poll(() => told.length, { timeout: 5000 }).toBe(2)
    const redis = new Redis(store.url)
    await expect.poll(() => redis.publish('channel', 'a'), { timeout: 5000 }).toBe(1)
    await expect.poll(() => heard).toContain('a')
    redis.disconnect()
    await stop()
    await tasks.read(newDraft().id)
  })

  test('fails soon when the store takes commands and does not answer', async () => {
    const { tasks } = open('fail')
    const draft = newDraft()
    await tasks.create(draft)
    proxy.freeze()
    const { error, ms } = await failure(tasks.read(draft.id))
    expect(error).toMatchObject(LATE)
    expect(ms).toBeLessThan(SOON_MS)
    proxy.thaw()
    await expect
      .poll(() =>
        tasks.read(draft.id).then(
          (task) => task?.id,
          () => 'away',
        ),
      )
      .toBe(draft.id)
  })

  test('starts while the store is away', async () => {
    await proxy.cut()
    const { connection, tasks, told } = open('fail')
    const reader = new CatalogReader(connection, new Watch(connection))
    expect((await failure(tasks.read(newDraft().id))).error).toMatchObject(AWAY)
    expect((await failure(reader.entries())).error).toMatchObject(AWAY)
    expect(told).toEqual([expect.stringMatching(/^away: connect ECONNREFUSED 127\.0\.0\.1:\d+$/)])

    await proxy.restore()
    await expect.poll(() => reader.entries().catch(() => 'away'), { timeout: 5000 }).toEqual([])
    const elsewhere = open('fail', store.url).connection
    const entry = {
      name: 'read',
      description: '',
      inputSchema: {},
      taskSupport: 'optional',
      queue: 'q',
      needs: {},
      definition: 'd',
    } as const
    await expect
      .poll(
        async () => {
          await new CatalogAnnouncer(elsewhere, settings).announce([entry])
          return reader.find('read')
        },
        { timeout: 5000 },
      )
      .toEqual(entry)
  })

  test('fails when the store is killed', async () => {
    const mortal = await startTestStore()
    const { tasks, told } = open('fail', mortal.url)
    await tasks.create(newDraft())
    await mortal.stop()
    expect((await failure(tasks.read(newDraft().id))).error).toMatchObject(AWAY)
    expect(told).toHaveLength(1)
  })
})

test('a connection that waits when the store is away goes on when it is back', async () => {
  const { tasks, told } = open('wait')
  const draft = newDraft()
  await tasks.create(draft)
  await proxy.cut()
  await expect.poll(() => told).toEqual(['away: the connection was closed'])
  const read = tasks.read(draft.id)
  await proxy.restore()
  expect((await read)?.id).toBe(draft.id)
  expect(told).toEqual(['away: the connection was closed', 'back'])
})

describe('close', () => {
  test('is no outage, and may come twice', async () => {
    const { connection, tasks, told } = open('fail')
    const stop = await new Watch(connection).on('channel', () => {})
    await stop()
    await connection.close()
    await connection.close()
    expect(told).toEqual([])
    expect((await failure(tasks.read(newDraft().id))).error).toMatchObject(AWAY)
  })

  test.each(['fail', 'wait'] as const)('does not hang when the store does not answer (%s)', async (whenAway) => {
    const { connection, tasks } = open(whenAway)
    await tasks.read(newDraft().id)
    proxy.freeze()
    const lost = failure(tasks.read(newDraft().id))
    const start = performance.now()
    await connection.close()
    expect(performance.now() - start).toBeLessThan(SOON_MS)
    expect((await lost).error).toMatchObject({ code: 'store_unavailable' })
  })

  test.each(['fail', 'wait'] as const)('does not hang when the store is away (%s)', async (whenAway) => {
    const { connection, told } = open(whenAway)
    await expect.poll(() => connection.isReady()).toBe(true)
    await proxy.cut()
    await expect.poll(() => told.length).toBe(1)
    const start = performance.now()
    await connection.close()
    expect(performance.now() - start).toBeLessThan(SOON_MS)
  })
})

describe('an error of the store', () => {
  test('that is a mistake of ours stays as it is', async () => {
    const { connection, tasks } = open('fail')
    const draft = newDraft()
    await tasks.create(draft)
    const { record, journal } = taskKeys(draft.id)
    await expect(connection.send((redis) => redis.get(record))).rejects.toThrow(/^WRONGTYPE /)
    const claimed = await new RedisClaimStore(connection, settings).claim(draft.id, { worker: 'w', leaseMs: 9999 })
    if (claimed.kind !== 'claimed') throw new Error(`The claim was ${claimed.kind}.`)
    await connection.send((redis) => redis.set(journal, 'text'))
    await expect(claimed.ledger.save({ entries: [stepDone('s1')], waits: [] })).rejects.toThrow(/^WRONGTYPE /)
    await expect(connection.pipeline((pipeline) => pipeline.ping().get(record))).rejects.toThrow(/^WRONGTYPE /)
  })

  test('that its memory is full says so, and makes room by removing what is over', async () => {
    const { connection, tasks } = open('fail')
    const redis = new Redis(store.url)
    const over = newDraft()
    await tasks.create(over)
    const task = await tasks.read(over.id)
    if (task) await tasks.cancel(task, 'no')
    await redis.hset(taskKeys(over.id).record, 'removable', 1)
    await redis.zadd(taskKeys(over.id).due, 1, over.id)
    await redis.config('SET', 'maxmemory', '1')
    try {
      const draft = newDraft()
      expect((await failure(tasks.create(draft))).error).toMatchObject(FULL)
      expect(await tasks.read(draft.id)).toBeUndefined()
      expect((await failure(connection.pipeline((pipeline) => pipeline.ping().set('a', '1')))).error).toMatchObject(
        FULL,
      )
      expect(await new RedisDueStore(connection, settings).settle([over.id])).toEqual([
        { kind: 'removed', taskId: over.id },
      ])
    } finally {
      await redis.config('SET', 'maxmemory', '0')
      redis.disconnect()
    }
    expect(await tasks.create(newDraft())).toEqual({ kind: 'created' })
  })
})
