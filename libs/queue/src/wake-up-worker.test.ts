import { newTaskId, type WakeUp } from '@longhaul/task'
import { findKeyLeaks, startTestStore, type TestStore } from '@longhaul/testbed'
import { Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { closeAll, openWakeUps, Runs, startWorker, wakeUpOf } from './fixtures/wake-ups-of-a-test.ts'
import { QUEUE_PREFIX } from './wake-ups.ts'

let store: TestStore
let redis: Redis
beforeAll(async () => {
  store = await startTestStore()
  redis = new Redis(store.url)
})
afterEach(async () => {
  await closeAll()
  const leaks = await findKeyLeaks(store.url)
  await store.flush()
  expect(leaks).toEqual([])
})
afterAll(async () => {
  redis.disconnect()
  await store.stop()
})

const newId = () => newTaskId({ issuer: 'i', subject: 's' })
/** Ids of connections that wait for a wake-up. */
const waiting = async () =>
  ((await redis.client('LIST')) as string)
    .split('\n')
    .flatMap((line) => (/ cmd=bzpopmin /.test(line) ? (/id=(\d+)/.exec(line)?.[1] ?? []) : []))
/** What BullMQ keeps of wake-ups, waiting or taken. */
const left = async () => (await redis.keys('{lh:queue}:*')).filter((key) => /:\d+(:lock)?$|:de:/.test(key))

test('wake-ups during a run yield exactly one more run, after it', async () => {
  const wakeUps = openWakeUps(store.url)
  const runs = new Runs()
  await startWorker(store.url, runs.advance)
  const taskId = newId()
  await wakeUps.wake([wakeUpOf(taskId)])
  await runs.untilBegun(1)
  await wakeUps.wake([wakeUpOf(taskId)])
  await wakeUps.wake([wakeUpOf(taskId)])
  await wakeUps.wake([wakeUpOf(taskId), wakeUpOf(taskId)])
  expect(runs.begun).toHaveLength(1)
  runs.end(0)
  await runs.untilBegun(2)
  runs.end(1)
  await expect.poll(left).toEqual([])
  expect(runs.begun).toEqual([taskId, taskId])
  expect(runs.most).toBe(1)
})

test('a wake-up during each run keeps a task going', async () => {
  const wakeUps = openWakeUps(store.url)
  const runs = new Runs()
  await startWorker(store.url, runs.advance)
  const taskId = newId()
  await wakeUps.wake([wakeUpOf(taskId)])
  for (const run of [1, 2, 3, 4]) {
    await runs.untilBegun(run)
    if (run < 4) await wakeUps.wake([wakeUpOf(taskId)])
    runs.end(run - 1)
  }
  await expect.poll(left).toEqual([])
  expect(runs.begun).toHaveLength(4)
  expect(runs.most).toBe(1)
})

test('several workers never run the wake-ups of one task at once, and lose none', async () => {
  const wakeUps = openWakeUps(store.url)
  const tasks = Array.from({ length: 5 }, newId)
  const running = new Set<string>()
  const last = new Map<string, number>()
  const twice: string[] = []
  let woken = 0
  const advance = async (taskId: string) => {
    if (running.has(taskId)) twice.push(taskId)
    running.add(taskId)
    last.set(taskId, woken)
    await new Promise((resolve) => setImmediate(resolve))
    running.delete(taskId)
  }
  await Promise.all([startWorker(store.url, advance), startWorker(store.url, advance)])
  while (woken < 100) {
    // Before it is added: a run may begin before its adding is answered.
    woken++
    await wakeUps.wake(tasks.map((taskId) => wakeUpOf(taskId)))
  }
  await expect.poll(left).toEqual([])
  expect(twice).toEqual([])
  // Each task has run after its last wake-up.
  expect([...last.values()]).toEqual(tasks.map(() => 100))
})

test('serves the queues that it is given, each with its own places', async () => {
  const wakeUps = openWakeUps(store.url)
  const runs = new Runs()
  await startWorker(store.url, runs.advance, { queues: ['default', 'gpu'], concurrency: 1 })
  const [a, b, c, d] = [newId(), newId(), newId(), newId()]
  await wakeUps.wake([wakeUpOf(a), wakeUpOf(b), wakeUpOf(c, 'gpu'), wakeUpOf(d, 'other')])
  await runs.untilBegun(2)
  expect([...runs.begun].sort()).toEqual([a, c].sort())
  runs.endAll()
  await runs.untilBegun(3)
  expect(runs.begun[2]).toBe(b)
  runs.endAll()
  await expect.poll(left).toEqual(expect.not.arrayContaining([expect.stringContaining('default')]))
  expect(await redis.llen('{lh:queue}:other:wait')).toBe(1)
})

test('has as many in hand as it has places, however many come at once', async () => {
  const wakeUps = openWakeUps(store.url)
  const runs = new Runs()
  const tasks = Array.from({ length: 30 }, newId)
  await startWorker(store.url, runs.advance, { concurrency: 12 })
  await wakeUps.wake(tasks.map((taskId) => wakeUpOf(taskId)))
  await runs.untilBegun(12)
  expect(await redis.llen('{lh:queue}:default:wait')).toBe(18)
  for (let ended = 0; ended < tasks.length; ended++) {
    runs.end(ended)
    await runs.untilBegun(Math.min(12 + ended + 1, tasks.length))
  }
  await expect.poll(left).toEqual([])
  expect([...runs.begun].sort()).toEqual([...tasks].sort())
  expect(runs.most).toBe(12)
})

test('goes on when a queue can be looked at again', async () => {
  const wakeUps = openWakeUps(store.url)
  const runs = new Runs()
  const errors: string[] = []
  await redis.set('{lh:queue}:default:wait', 'no list')
  await startWorker(store.url, runs.advance, { onError: ({ message }) => errors.push(message) })
  await expect.poll(() => errors).toContainEqual(expect.stringContaining('WRONGTYPE'))
  await redis.del('{lh:queue}:default:wait')
  const taskId = newId()
  await wakeUps.wake([wakeUpOf(taskId)])
  await runs.untilBegun(1)
  expect(runs.begun).toEqual([taskId])
  runs.endAll()
})

test('a worker whose waiting connection is gone for long looks when it is done with something', async () => {
  const wakeUps = openWakeUps(store.url)
  const runs = new Runs()
  await startWorker(store.url, runs.advance, { concurrency: 2 })
  const [first, second] = [newId(), newId()]
  await wakeUps.wake([wakeUpOf(first)])
  await runs.untilBegun(1)
  await expect.poll(waiting).toHaveLength(1)
  const [, mostClients = ''] = (await redis.config('GET', 'maxclients')) as string[]
  const count = Number(/connected_clients:(\d+)/.exec(await redis.info('clients'))?.[1])
  const real = Date.now
  try {
    await redis.config('SET', 'maxclients', count - 1)
    await redis.call('CLIENT', 'KILL', 'ID', ...(await waiting()))
    await wakeUps.wake([wakeUpOf(second)])
    vi.spyOn(Date, 'now').mockImplementation(() => real() + 60_000)
    runs.end(0)
    await expect.poll(() => runs.begun).toEqual([first, second])
  } finally {
    // Before anybody else opens a connection.
    await redis.config('SET', 'maxclients', mostClients)
    vi.restoreAllMocks()
  }
  runs.endAll()
})

test('hands a wake-up on with all that was said when it was added', async () => {
  const wakeUps = openWakeUps(store.url)
  const taken: WakeUp[] = []
  await startWorker(store.url, async (_taskId, wakeUp) => void taken.push(wakeUp), { concurrency: 1 })
  const [urged, plain] = [{ ...wakeUpOf(newId()), priority: 7 }, wakeUpOf(newId())]
  await wakeUps.wake([urged])
  await wakeUps.wake([plain])
  await expect.poll(left).toEqual([])
  expect(taken).toEqual(expect.arrayContaining([urged, plain]))
})

test('takes nothing more once it is drained', async () => {
  const wakeUps = openWakeUps(store.url)
  const runs = new Runs()
  const worker = await startWorker(store.url, runs.advance)
  await wakeUps.wake([wakeUpOf(newId())])
  await runs.untilBegun(1)
  void worker.drain()
  const late = newId()
  await wakeUps.wake([wakeUpOf(late)])
  runs.endAll()
  const other = new Runs()
  await startWorker(store.url, other.advance)
  await other.untilBegun(1)
  expect(other.begun).toEqual([late])
  expect(runs.begun).toHaveLength(1)
  other.endAll()
})

test('a wake-up that came during a run is taken elsewhere as soon as the run has ended, also where nothing else is', async () => {
  const wakeUps = openWakeUps(store.url)
  const runs = new Runs()
  const worker = await startWorker(store.url, runs.advance)
  const taskId = newId()
  await wakeUps.wake([wakeUpOf(taskId)])
  await runs.untilBegun(1)
  const drained = worker.drain()
  const other = new Runs()
  await startWorker(store.url, other.advance)
  await wakeUps.wake([wakeUpOf(taskId)])
  runs.end(0)
  await drained
  await other.untilBegun(1)
  expect(runs.begun).toHaveLength(1)
  other.endAll()
  await expect.poll(left).toEqual([])
})

test('what a worker took whose lock ran out is done by another, and both leave nothing behind', async () => {
  const wakeUps = openWakeUps(store.url)
  const taskId = newId()
  // A process that stands still, as far as the queue can see: it renews no lock, and looks for no stalled ones.
  const begun = Promise.withResolvers<void>()
  const end = Promise.withResolvers<void>()
  const hold = () => {
    begun.resolve()
    return end.promise
  }
  const still = new Worker('default', hold, {
    connection: { url: store.url },
    prefix: QUEUE_PREFIX,
    lockDuration: 100,
    skipLockRenewal: true,
    skipStalledCheck: true,
  })
  const errors: string[] = []
  still.on('error', ({ message }) => errors.push(message))
  await wakeUps.wake([wakeUpOf(taskId)])
  await begun.promise
  const other = new Runs()
  await startWorker(store.url, other.advance)
  await other.untilBegun(1)
  // One that comes now is for after that run, not swallowed by the old one.
  await wakeUps.wake([wakeUpOf(taskId)])
  end.resolve()
  await expect.poll(() => errors).toContainEqual(expect.stringMatching(/lock/i))
  await still.close(true)
  other.endAll()
  await other.untilBegun(2)
  other.endAll()
  await expect.poll(left).toEqual([])
  expect(other.begun).toEqual([taskId, taskId])
  expect(other.most).toBe(1)
}, 20_000)

test('a close by force leaves what is in hand to another worker', async () => {
  const wakeUps = openWakeUps(store.url)
  const runs = new Runs()
  const worker = await startWorker(store.url, runs.advance)
  const taskId = newId()
  await wakeUps.wake([wakeUpOf(taskId)])
  await runs.untilBegun(1)
  await worker.close()
  const other = new Runs()
  await startWorker(store.url, other.advance)
  await other.untilBegun(1)
  expect(other.begun).toEqual([taskId])
  runs.endAll()
  other.endAll()
}, 20_000)

test('a close without force waits for what is in hand', async () => {
  const wakeUps = openWakeUps(store.url)
  const runs = new Runs()
  const worker = await startWorker(store.url, runs.advance)
  await wakeUps.wake([wakeUpOf(newId())])
  await runs.untilBegun(1)
  const closed = worker.drain()
  runs.end(0)
  await closed
  expect(await left()).toEqual([])
})
