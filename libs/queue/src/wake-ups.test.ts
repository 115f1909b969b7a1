import { Engine, sweep } from '@longhaul/engine'
import { Connection, RedisDueStore, RedisOpenTasks, RedisTaskStore } from '@longhaul/store'
import { type CatalogEntry, newTaskId, readSettings } from '@longhaul/task'
import { findKeyLeaks, type StoreProxy, startStoreProxy, startTestStore, type TestStore } from '@longhaul/testbed'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { closeAll, openWakeUps, Runs, startWorker, wakeUpOf } from './fixtures/wake-ups-of-a-test.ts'

let store: TestStore
let proxy: StoreProxy
let redis: Redis
beforeAll(async () => {
  store = await startTestStore()
  redis = new Redis(store.url)
})
beforeEach(async () => {
  proxy = await startStoreProxy(store.url)
})
afterEach(async () => {
  await closeAll()
  const leaks = await findKeyLeaks(store.url)
  await proxy.stop()
  await store.flush()
  expect(leaks).toEqual([])
})
afterAll(async () => {
  redis.disconnect()
  await store.stop()
})

const OWNER = { issuer: 'https://id.example', subject: 'anna' }
const newId = () => newTaskId(OWNER)
const waiting = (queue = 'default') => redis.llen(`{lh:queue}:${queue}:wait`)

describe('wake', () => {
  test('adds one wake-up for a task, however often it is called before one is taken', async () => {
    const wakeUps = openWakeUps(store.url)
    const [a, b] = [newId(), newId()]
    for (let time = 0; time < 3; time++) await wakeUps.wake([wakeUpOf(a)])
    await wakeUps.wake([wakeUpOf(b), wakeUpOf(a), wakeUpOf(a)])
    expect(await waiting()).toBe(2)
    const runs = new Runs()
    await startWorker(store.url, runs.advance)
    await runs.untilBegun(2)
    expect(runs.begun).toEqual([a, b])
    runs.endAll()
  })

  test('with a priority comes after those without, and before those of a later one', async () => {
    const wakeUps = openWakeUps(store.url)
    const [last, later, first, also] = [newId(), newId(), newId(), newId()]
    await wakeUps.wake([{ ...wakeUpOf(last), priority: 9 }])
    await wakeUps.wake([{ ...wakeUpOf(later), priority: 1 }, wakeUpOf(first)])
    await wakeUps.wake([{ ...wakeUpOf(also), priority: 0 }])
    const runs = new Runs()
    await startWorker(store.url, runs.advance, { concurrency: 1 })
    await runs.untilBegun(1)
    expect(await wakeUps.count('default')).toEqual({ waiting: 3, active: 1 })
    expect(await wakeUps.count('another')).toEqual({ waiting: 0, active: 0 })
    for (const place of [0, 1, 2, 3]) {
      await runs.untilBegun(place + 1)
      runs.end(place)
    }
    expect(runs.begun).toEqual([first, also, later, last])
  })

  test('with a priority, during a run, yields one more run after it', async () => {
    const wakeUps = openWakeUps(store.url)
    const [a, b] = [newId(), newId()]
    const urged = { ...wakeUpOf(a), priority: 5 }
    const runs = new Runs()
    await startWorker(store.url, runs.advance)
    await wakeUps.wake([urged])
    await runs.untilBegun(1)
    for (let time = 0; time < 3; time++) await wakeUps.wake([urged])
    expect(await redis.zcard('{lh:queue}:default:prioritized')).toBe(0)
    runs.end(0)
    await runs.untilBegun(2)
    await wakeUps.wake([{ ...wakeUpOf(b), priority: 5 }])
    await runs.untilBegun(3)
    expect(runs.begun).toEqual([a, a, b])
    expect(runs.most).toBe(2)
    runs.endAll()
  })

  test('of many puts each into its own queue', async () => {
    const wakeUps = openWakeUps(store.url)
    await wakeUps.wake([wakeUpOf(newId()), wakeUpOf(newId(), 'gpu'), wakeUpOf(newId(), 'gpu')])
    expect([await waiting(), await waiting('gpu')]).toEqual([1, 2])
  })

  test('of nothing does nothing', async () => {
    await openWakeUps(store.url).wake([])
    expect(await redis.dbsize()).toBe(0)
  })

  test('is one round trip, for one task and for many of one queue', async () => {
    const wakeUps = openWakeUps(proxy.url)
    await wakeUps.wake([wakeUpOf(newId())])
    const before = proxy.roundTrips
    await wakeUps.wake([wakeUpOf(newId())])
    expect(proxy.roundTrips - before).toBe(1)
    await wakeUps.wake([wakeUpOf(newId()), wakeUpOf(newId()), wakeUpOf(newId())])
    expect(proxy.roundTrips - before).toBe(2)
  })

  test('leaves nothing of a task behind when its wake-up is done', async () => {
    const wakeUps = openWakeUps(store.url)
    await startWorker(store.url, async () => {})
    await wakeUps.wake([wakeUpOf(newId()), wakeUpOf(newId())])
    const ofTasks = async () => (await redis.keys('{lh:queue}:default:*')).filter((key) => /:\d+|:d[en]:/.test(key))
    await expect.poll(ofTasks).toEqual([])
  })
})

describe('while the store is away', () => {
  /** Without limits of our own it would be 15 s, after which a silent connection is opened anew, or for ever. */
  const SOON_MS = 10_000
  const failure = async (promise: Promise<unknown>) => {
    const start = performance.now()
    const outcome = await promise.then(
      () => 'taken',
      (error) => error,
    )
    return { outcome, ms: performance.now() - start }
  }

  test('a wake-up fails soon, and the next one is taken when the store is back', async () => {
    const wakeUps = openWakeUps(proxy.url)
    await wakeUps.wake([wakeUpOf(newId())])
    await proxy.cut()
    for (const lost of [[wakeUpOf(newId())], [wakeUpOf(newId()), wakeUpOf(newId())], [wakeUpOf(newId(), 'new')]]) {
      const { outcome, ms } = await failure(wakeUps.wake(lost))
      expect(outcome).toBeInstanceOf(Error)
      expect(ms).toBeLessThan(SOON_MS)
    }
    await proxy.restore()
    await expect
      .poll(() => failure(wakeUps.wake([wakeUpOf(newId())])), { timeout: 5000 })
      .toMatchObject({
        outcome: 'taken',
      })
  })

  test('one that takes commands and does not answer is given up, too', async () => {
    const wakeUps = openWakeUps(proxy.url)
    await wakeUps.wake([wakeUpOf(newId())])
    proxy.freeze()
    const { outcome, ms } = await failure(wakeUps.wake([wakeUpOf(newId())]))
    expect(outcome).toEqual(new Error('The queue did not take the wake-up within 2000 ms.'))
    expect(ms).toBeLessThan(SOON_MS)
    expect((await failure(wakeUps.close())).ms).toBeLessThan(SOON_MS)
    proxy.thaw()
  })

  test('a worker’s wake-up waits', async () => {
    await proxy.cut()
    const wakeUps = openWakeUps(proxy.url, 'wait')
    const woken = wakeUps.wake([wakeUpOf(newId())])
    await proxy.restore()
    await woken
    expect(await waiting()).toBe(1)
  })
})

test('a submission is answered though its wake-up is lost, and the sweeper adds it', async () => {
  const settings = { ...readSettings({}), wakeGraceMs: 1 }
  const connection = new Connection({ url: store.url, settings, whenAway: 'fail' })
  onTestFinished(() => connection.close())
  const tasks = new RedisTaskStore(connection, settings)
  const wakeUps = openWakeUps(proxy.url)
  const entry: CatalogEntry = {
    name: 'research',
    description: '',
    inputSchema: { type: 'object' },
    taskSupport: 'optional',
    queue: 'default',
    needs: {},
    definition: 'd1',
  }
  const lost: unknown[] = []
  const engine = new Engine({
    store: tasks,
    wakeUps,
    catalog: { entries: async () => [entry], find: async () => entry },
    openTasks: new RedisOpenTasks(connection),
    settings,
    onWakeUpLost: (taskId, error) => lost.push([taskId, error]),
  })
  await proxy.cut()
  const task = await engine.submit({
    principal: { owner: OWNER, scopes: [] },
    tool: 'research',
    args: {},
    audience: { sampling: 'none', elicitation: false },
  })
  expect(task.status).toBe('working')
  expect(lost).toEqual([[task.id, expect.any(Error)]])
  expect(await waiting()).toBe(0)

  await proxy.restore()
  const due = new RedisDueStore(connection, settings)
  await expect
    .poll(
      async () => {
        await sweep({ due, store: tasks, wakeUps: openWakeUps(store.url), workers: { live: async () => [] } })
        return waiting()
      },
      { timeout: 5000 },
    )
    .toBe(1)
})
