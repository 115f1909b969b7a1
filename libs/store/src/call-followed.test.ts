import { setTimeout as delay } from 'node:timers/promises'
import { BullWakeUps, WakeUpWorker } from '@longhaul/queue'
import { startStoreProxy } from '@longhaul/testbed'
import { afterAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { Connection } from './connection.ts'
import { answerTo, NOTHING, newDraft, questionOf } from './fixtures/drafts.ts'
import { openStore } from './fixtures/open-store.ts'
import { RedisTaskStore } from './task-store.ts'

const store = await openStore()
const proxy = await startStoreProxy(store.url)
afterAll(() => proxy.stop())

const QUEUE = '{lh:queue}:default'

/** A process that lends its connection to the queue. */
function open(settings = store.settings) {
  const connection = new Connection({ url: proxy.url, settings, whenAway: 'fail' })
  const wakeUps = new BullWakeUps({ url: proxy.url, whenAway: 'fail' }, connection.lend())
  onTestFinished(async () => {
    await wakeUps.close()
    await connection.close()
  })
  const tasks = new RedisTaskStore(connection, settings)
  const wake = (taskId: string) => () => wakeUps.wake([{ taskId, queue: 'default' }])
  return { connection, wakeUps, tasks, wake, create: (draft = newDraft()) => tasks.create(draft, wake(draft.id)) }
}

let opened: ReturnType<typeof open>
beforeEach(async () => {
  opened = open()
  // Connects, and makes the queue known.
  await opened.create()
})

/** Takes the wake-ups. Returns what claims of their tasks have come to so far. */
async function takeWakeUps(): Promise<ReadonlyMap<string, string>> {
  const came = new Map<string, string>()
  const worker = new WakeUpWorker({
    ...{ url: store.url, queues: ['default'], concurrency: 50, lockMs: 5000, onError: () => {} },
    advance: async ({ taskId }) => {
      came.set(taskId, (await store.claims.claim(taskId, { worker: 'w1', leaseMs: 60_000 })).kind)
    },
  })
  onTestFinished(() => worker.close())
  await worker.start()
  return came
}

/** Tasks whose wake-ups wait, oldest first. */
async function woken(): Promise<readonly string[]> {
  const jobs = (await store.redis.lrange(`${QUEUE}:wait`, 0, -1)).toReversed()
  const data = await Promise.all(jobs.map((job) => store.redis.hget(`${QUEUE}:${job}`, 'data')))
  return data.map((text) => JSON.parse(text ?? '').taskId)
}

async function roundTrips(work: () => Promise<unknown>): Promise<number> {
  const before = proxy.roundTrips
  await work()
  return proxy.roundTrips - before
}

test('a new task and its wake-up are one round trip', async () => {
  const draft = newDraft()
  expect(await roundTrips(() => opened.create(draft))).toBe(1)
  expect((await woken()).at(-1)).toBe(draft.id)
})

test('no wake-up is taken before its task is there', async () => {
  const drafts = Array.from({ length: 200 }, () => newDraft())
  const came = await takeWakeUps()
  const creations = await Promise.all(drafts.map(opened.create))
  expect(creations).toEqual(drafts.map(() => ({ kind: 'created', isWoken: true })))
  await expect.poll(() => came.size).toBe(201)
  expect(new Set(came.values())).toEqual(new Set(['claimed']))
})

test('an answer to a suspended task and its wake-up are one round trip', async () => {
  const draft = newDraft()
  await store.tasks.create(draft)
  const claimed = await store.claims.claim(draft.id, { worker: 'w1', leaseMs: 60_000 })
  if (claimed.kind !== 'claimed') return expect.fail(`The claim was ${claimed.kind}.`)
  expect(await store.tasks.read(draft.id)).not.toHaveProperty('isSuspended')
  await claimed.ledger.suspend({ ...NOTHING, waits: [questionOf('q1')], dueAt: 9e12 })
  expect(await store.tasks.read(draft.id)).toMatchObject({ isSuspended: true })
  const { tasks, wake } = opened
  const resolve = async () =>
    expect(await tasks.resolve(draft.id, answerTo('q1', 'Ben'), [], wake(draft.id))).toBe('told')
  expect(await roundTrips(resolve)).toBe(1)
  expect((await woken()).at(-1)).toBe(draft.id)
})

test('the wake-up of a task that is refused finds nothing, and the next one of its owner waits for the record', async () => {
  const { create } = open({ ...store.settings, maxOpenTasksPerOwner: 1 })
  const [first, second] = [newDraft(), newDraft()]
  expect([await create(first), await create(second)]).toEqual([{ kind: 'too_many' }, { kind: 'too_many' }])
  expect((await woken()).slice(1)).toEqual([first.id])
  const came = await takeWakeUps()
  await expect.poll(() => came.get(first.id)).toBe('over')
  await expect.poll(() => store.redis.llen(`${QUEUE}:active`)).toBe(0)
  expect(await store.redis.exists(`${QUEUE}:de:${first.id}`)).toBe(0)
})

test('a record that was sent again by itself may come after its wake-up, which is said', async () => {
  const { wakeUps } = open()
  await store.redis.script('FLUSH')
  // Now the store knows the script of the queue, and not the other one.
  await wakeUps.wake([{ taskId: newDraft().id, queue: 'default' }])
  const draft = newDraft()
  expect(await opened.create(draft)).toEqual({ kind: 'created' })
  expect(await opened.create()).toEqual({ kind: 'created', isWoken: true })
})

test('a record that is there is told of, however long its wake-up takes', async () => {
  const draft = newDraft()
  // As long as a server waits for the queue, which begins after the record is sent.
  const wake = () => delay(2100)
  expect(await opened.tasks.create(draft, wake)).toEqual({ kind: 'created', isWoken: true })
})

test('both are sent again, in their order, when the connection breaks', async () => {
  proxy.freeze()
  const draft = newDraft()
  const creating = opened.create(draft)
  await proxy.cut()
  proxy.thaw()
  await proxy.restore()
  expect(await creating).toEqual({ kind: 'created', isWoken: true })
  expect((await woken()).slice(1)).toEqual([draft.id])
})

test('a connection that is not lent, or cannot be, leaves the wake-up to its caller', async () => {
  const connection = new Connection({
    url: store.url,
    settings: { ...store.settings, durability: 'replica' },
    whenAway: 'fail',
  })
  onTestFinished(() => connection.close())
  expect(connection.lend()).toBeUndefined()
  const wake = () => Promise.reject(new Error('It is called too early.'))
  expect(await store.tasks.create(newDraft(), wake)).toEqual({ kind: 'created' })
})

test('the end of the queue does not end the connection', async () => {
  await opened.wakeUps.close()
  expect(await opened.connection.isReady()).toBe(true)
})
