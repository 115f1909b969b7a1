import type { Claimed } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { type Claimant, Delivery } from './delivery.ts'
import { answerTo, newDraft, questionOf } from './fixtures/drafts.ts'
import { openStore } from './fixtures/open-store.ts'
import { taskKeys } from './keys.ts'

const store = await openStore()
const { tasks, claims, delivery, redis } = store

/** A task of the session `s1` that waits for answers to q1 and q2. */
async function waiting(): Promise<string> {
  const draft = newDraft({ session: 's1' })
  await tasks.create(draft)
  const claimed = (await claims.claim(draft.id, { worker: 'w1', leaseMs: 60_000 })) as Claimed
  await claimed.ledger.suspend({ entries: [], waits: [questionOf('q1'), questionOf('q2')], dueAt: 9e12 })
  return draft.id
}
const taskStream = (id: string): Claimant => ({ id, kind: 'task', isFirst: false })
const sessionStream = (id: string): Claimant => ({ id, kind: 'session', isFirst: false })

/** As if whoever held this field had not been heard of for long. */
async function fallSilent(taskId: string, stream: string): Promise<void> {
  const { delivery: key } = taskKeys(taskId)
  for (const [field, value] of Object.entries(await redis.hgetall(key))) {
    if (field === `stream:${stream}`) await redis.hset(key, field, '1')
    if (value.startsWith(`${stream} `)) await redis.hset(key, field, `${stream} 1`)
  }
}
async function cancel(taskId: string): Promise<void> {
  const task = await tasks.read(taskId)
  if (task) await tasks.cancel(task, 'no')
}

describe('claim', () => {
  test('is for the first showing only, where that is all that is wanted', async () => {
    const taskId = await waiting()
    await delivery.claim(taskId, 'q1', taskStream('a'))
    await delivery.leave(taskId, 'a')
    const first: Claimant = { ...sessionStream('get'), isFirst: true }
    expect(await delivery.claim(taskId, 'q1', first)).toBeUndefined()
    expect(await delivery.claim(taskId, 'q2', first)).toEqual({ attempt: 1, refusals: 0, losses: 0 })
    expect(await delivery.claim(taskId, 'q2', first)).toBeUndefined()
  })

  test('gives each showing to exactly one stream', async () => {
    const taskId = await waiting()
    const streams = Array.from({ length: 20 }, (_, place) => `stream${place}`)
    const shown = await Promise.all(streams.map((stream) => delivery.claim(taskId, 'q1', taskStream(stream))))
    expect(shown.filter((attempt) => attempt !== undefined)).toEqual([{ attempt: 1, refusals: 0, losses: 0 }])
  })

  test('is for each question on its own', async () => {
    const taskId = await waiting()
    expect(await delivery.claim(taskId, 'q1', taskStream('a'))).toEqual({ attempt: 1, refusals: 0, losses: 0 })
    expect(await delivery.claim(taskId, 'q2', taskStream('b'))).toEqual({ attempt: 1, refusals: 0, losses: 0 })
  })

  test('is refused for a question that is not open, whoever asks', async () => {
    const taskId = await waiting()
    await tasks.resolve(taskId, answerTo('q1', 'Ben'))
    expect(await delivery.claim(taskId, 'q1', taskStream('a'))).toBeUndefined()
    expect(await delivery.claim(taskId, 'q9', taskStream('a'))).toBeUndefined()
    await cancel(taskId)
    expect(await delivery.claim(taskId, 'q2', taskStream('a'))).toBeUndefined()
  })

  test('gives a new number to every showing, also when the stream before has died', async () => {
    const taskId = await waiting()
    expect(await delivery.claim(taskId, 'q1', taskStream('a'))).toEqual({ attempt: 1, refusals: 0, losses: 0 })
    await fallSilent(taskId, 'a')
    expect(await delivery.claim(taskId, 'q1', taskStream('b'))).toEqual({ attempt: 2, refusals: 0, losses: 0 })
    await delivery.leave(taskId, 'b')
    expect(await delivery.claim(taskId, 'q1', sessionStream('a'))).toEqual({ attempt: 3, refusals: 0, losses: 0 })
  })

  test('does not show a question twice on the stream that shows it', async () => {
    const taskId = await waiting()
    expect(await delivery.claim(taskId, 'q1', taskStream('a'))).toEqual({ attempt: 1, refusals: 0, losses: 0 })
    expect(await delivery.claim(taskId, 'q1', taskStream('a'))).toBeUndefined()
  })
})

describe('a stream of the task', () => {
  test('comes before a stream of the session', async () => {
    const taskId = await waiting()
    expect(await delivery.attend(taskId, 'own', 'task')).toBe(true)
    expect(await delivery.claim(taskId, 'q1', sessionStream('get'))).toBeUndefined()
    expect(await delivery.claim(taskId, 'q1', taskStream('own'))).toEqual({ attempt: 1, refusals: 0, losses: 0 })
  })

  test('does not take away what a live stream of the session shows', async () => {
    const taskId = await waiting()
    expect(await delivery.claim(taskId, 'q1', sessionStream('get'))).toEqual({ attempt: 1, refusals: 0, losses: 0 })
    await delivery.attend(taskId, 'own', 'task')
    expect(await delivery.claim(taskId, 'q1', taskStream('own'))).toBeUndefined()
  })

  test('that was not heard of for long leaves its questions to others', async () => {
    const taskId = await waiting()
    await delivery.attend(taskId, 'own', 'task')
    await delivery.claim(taskId, 'q1', taskStream('own'))
    await fallSilent(taskId, 'own')
    expect(await delivery.isShown(taskId)).toBe(false)
    expect(await delivery.claim(taskId, 'q1', sessionStream('get'))).toEqual({ attempt: 2, refusals: 0, losses: 0 })
    expect(await delivery.claim(taskId, 'q2', sessionStream('get'))).toEqual({ attempt: 1, refusals: 0, losses: 0 })
  })
})

describe('attend', () => {
  test('keeps what the stream shows', async () => {
    const taskId = await waiting()
    const short = new Delivery(store.connection, { ...store.settings, deliveryLeaseMs: 1 })
    const { delivery: key } = taskKeys(taskId)
    expect(await short.claim(taskId, 'q1', taskStream('a'))).toEqual({ attempt: 1, refusals: 0, losses: 0 })
    const before = await store.now()
    expect(await delivery.attend(taskId, 'a', 'task')).toBe(true)
    const [stream, , till] = `${await redis.hget(key, 'shown:q1')}`.split(' ')
    expect(stream).toBe('a')
    expect(Number(till)).toBeGreaterThanOrEqual(before + store.settings.deliveryLeaseMs)
    expect(await delivery.claim(taskId, 'q1', taskStream('b'))).toBeUndefined()
  })

  test('by a stream of the session does not stand in the way of that stream or another', async () => {
    const taskId = await waiting()
    await delivery.attend(taskId, 'get1', 'session')
    expect(await delivery.isShown(taskId)).toBe(false)
    expect(await delivery.claim(taskId, 'q1', sessionStream('get1'))).toEqual({ attempt: 1, refusals: 0, losses: 0 })
    await delivery.attend(taskId, 'get1', 'session')
    expect(await delivery.claim(taskId, 'q2', sessionStream('get2'))).toEqual({ attempt: 1, refusals: 0, losses: 0 })
    expect(await delivery.isShown(taskId)).toBe(true)
  })

  test('forgets streams that died', async () => {
    const taskId = await waiting()
    await delivery.attend(taskId, 'dead', 'task')
    await fallSilent(taskId, 'dead')
    await delivery.attend(taskId, 'live', 'task')
    expect(Object.keys(await redis.hgetall(taskKeys(taskId).delivery))).toEqual(['stream:live'])
  })

  test('is false when the task is over or not there', async () => {
    const taskId = await waiting()
    await cancel(taskId)
    expect(await delivery.attend(taskId, 'a', 'task')).toBe(false)
    expect(await delivery.attend(newDraft().id, 'a', 'task')).toBe(false)
  })
})

describe('tell', () => {
  test('lets one stream tell the progress, until it leaves', async () => {
    const taskId = await waiting()
    const asked = await Promise.all(['a', 'b', 'c'].map((stream) => delivery.tell(taskId, stream, 'task')))
    expect(asked).toEqual([true, false, false])
    expect(await delivery.tell(taskId, 'a', 'task')).toBe(true)
    await delivery.leave(taskId, 'b')
    expect(await delivery.tell(taskId, 'b', 'task')).toBe(false)
    await delivery.leave(taskId, 'a')
    expect(await delivery.tell(taskId, 'b', 'task')).toBe(true)
  })

  test('prefers a stream of the task to one of the session', async () => {
    const taskId = await waiting()
    expect(await delivery.tell(taskId, 'get', 'session')).toBe(true)
    expect(await delivery.tell(taskId, 'own', 'task')).toBe(true)
    expect(await delivery.tell(taskId, 'get', 'session')).toBe(false)
  })

  test('goes to another when the one that told has died', async () => {
    const taskId = await waiting()
    const short = new Delivery(store.connection, { ...store.settings, deliveryLeaseMs: 1 })
    expect(await short.tell(taskId, 'dead', 'task')).toBe(true)
    await expect.poll(() => delivery.tell(taskId, 'live', 'task')).toBe(true)
  })

  test("is nobody's when the task is over or not there", async () => {
    const taskId = await waiting()
    expect(await delivery.tell(taskId, 'a', 'task')).toBe(true)
    await cancel(taskId)
    expect(await delivery.tell(taskId, 'a', 'task')).toBe(false)
    expect(await delivery.tell(newDraft().id, 'a', 'task')).toBe(false)
    expect(await redis.exists(taskKeys(taskId).delivery)).toBe(0)
  })

  test('tells others to look when the one that told leaves', async () => {
    const taskId = await waiting()
    await delivery.tell(taskId, 'a', 'task')
    const heard = Promise.withResolvers<unknown>()
    const stop = await store.taskWatch.watch(taskId, heard.resolve)
    await delivery.leave(taskId, 'a')
    expect(await heard.promise).toEqual({ type: 'look' })
    await stop()
  })
})

describe('leave', () => {
  test('lets others show what the stream has shown, and tells them to look', async () => {
    const taskId = await waiting()
    await delivery.attend(taskId, 'a', 'task')
    await delivery.claim(taskId, 'q1', taskStream('a'))
    await delivery.claim(taskId, 'q2', taskStream('b'))
    const ofTask = Promise.withResolvers<unknown>()
    const ofSession = Promise.withResolvers<unknown>()
    const stops = await Promise.all([
      store.taskWatch.watch(taskId, ofTask.resolve),
      store.taskWatch.watchSession('s1', ofSession.resolve),
    ])
    await delivery.leave(taskId, 'a')
    expect(await ofTask.promise).toEqual({ type: 'look' })
    expect(await ofSession.promise).toEqual({ taskId, type: 'look' })
    expect(await delivery.isShown(taskId)).toBe(true)
    expect(await delivery.claim(taskId, 'q1', sessionStream('c'))).toEqual({ attempt: 2, refusals: 0, losses: 0 })
    expect(await delivery.claim(taskId, 'q2', sessionStream('c'))).toBeUndefined()
    await Promise.all(stops.map((stop) => stop()))
  })

  test('of a stream that showed nothing tells nobody', async () => {
    const taskId = await waiting()
    await delivery.attend(taskId, 'a', 'task')
    const heard: unknown[] = []
    const stop = await store.taskWatch.watch(taskId, (event) => heard.push(event))
    await delivery.leave(taskId, 'a')
    await tasks.refuseAnswer(taskId, 'q1', 'no')
    await expect.poll(() => heard).toMatchObject([{ type: 'refused' }])
    await stop()
  })

  test('of a stream whose task is gone leaves nothing behind', async () => {
    await delivery.leave(newDraft().id, 'a')
    expect(await redis.dbsize()).toBe(0)
  })
})

describe('lose', () => {
  test('has a question shown again, and says how often that has happened', async () => {
    const taskId = await waiting()
    await delivery.claim(taskId, 'q1', taskStream('a'))
    expect(await delivery.claim(taskId, 'q1', taskStream('b'))).toBeUndefined()
    expect(await delivery.lose(taskId, 'q1')).toBe(1)
    expect(await delivery.claim(taskId, 'q1', taskStream('b'))).toEqual({ attempt: 2, refusals: 0, losses: 1 })
    expect(await delivery.lose(taskId, 'q1')).toBe(2)
    expect(await delivery.claim(taskId, 'q2', taskStream('b'))).toEqual({ attempt: 1, refusals: 0, losses: 0 })
  })

  test('tells those who follow the task, or its session, to look', async () => {
    const taskId = await waiting()
    const looks: unknown[] = []
    const both = Promise.withResolvers<void>()
    const note = (message: unknown) => {
      if (looks.push(message) === 2) both.resolve()
    }
    const stops = [await store.taskWatch.watch(taskId, note), await store.taskWatch.watchSession('s1', note)]
    await delivery.lose(taskId, 'q1')
    await both.promise
    expect(looks).toEqual(expect.arrayContaining([{ type: 'look' }, { taskId, type: 'look' }]))
    await Promise.all(stops.map((stop) => stop()))
  })

  test('of a question that is not open, or of a task that is over, is nothing', async () => {
    const taskId = await waiting()
    await tasks.resolve(taskId, answerTo('q1', 'Ben'))
    expect(await delivery.lose(taskId, 'q1')).toBe(0)
    await cancel(taskId)
    expect(await delivery.lose(taskId, 'q2')).toBe(0)
  })
})

test('the tasks of a session that ask something are known, from its beginning on', async () => {
  const [first, answered, second] = [await waiting(), await waiting(), await waiting()]
  await cancel(answered)
  const other = newDraft({ session: 's2' })
  await tasks.create(other)
  const session = { id: 's1', owner: other.head.owner, openedAt: Date.now() }
  expect((await delivery.asking(session)).toSorted()).toEqual([first, second].toSorted())
  expect(await delivery.asking({ ...session, id: 's2' })).toEqual([])
  expect(await delivery.asking({ ...session, openedAt: Date.now() + 3600_000 })).toEqual([])
})
