import { type Claimed, newTaskId, type Owner, partitionOf, type Settled } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { claimed } from './fixtures/claimed.ts'
import { answerTo, NOTHING, newDraft, questionOf, stepDone, timerOf } from './fixtures/drafts.ts'
import { openStore } from './fixtures/open-store.ts'
import { ownerIndexKey, taskKeys } from './keys.ts'

const store = await openStore()
const { tasks, claims, due, redis, settings } = store

async function create(owner?: Owner): Promise<string> {
  const draft = newDraft(owner ? { owner } : {})
  await tasks.create(draft)
  return draft.id
}
const claim = (taskId: string) => claimed(claims, taskId)
async function cancel(taskId: string): Promise<void> {
  const task = await tasks.read(taskId)
  if (task) await tasks.cancel(task, 'no')
}
const runOf = (taskId: string) => redis.hget(taskKeys(taskId).record, 'run')
const WAKE = (taskId: string): Settled => ({ kind: 'wake', taskId, queue: 'default', tool: 'research' })

describe('due', () => {
  test('names the tasks of all partitions whose time has come', async () => {
    const owners = ['a', 'b', 'c', 'd'].map((subject) => ({ issuer: 'i', subject }))
    const ids = await Promise.all(owners.map(create))
    expect(new Set(ids.map(partitionOf)).size).toBeGreaterThan(1)
    await Promise.all(ids.slice(1).map(store.makeDue))
    expect((await due.due(Date.now(), 10)).toSorted()).toEqual(ids.slice(1).toSorted())
  })

  test('gives the longest overdue of a partition first, and no more than asked for', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => create()))
    await Promise.all(ids.map((id, place) => redis.zadd(taskKeys(id).due, 10 - place, id)))
    expect(await due.due(Date.now(), 2)).toEqual([ids[4], ids[3]])
  })
})

describe('settle', () => {
  test('wakes a task whose wake-up was lost, and looks again later', async () => {
    const taskId = await create()
    await store.makeDue(taskId)
    const before = await store.now()
    expect(await due.settle([taskId])).toEqual([WAKE(taskId)])
    expect(await store.dueAt(taskId)).toBeGreaterThanOrEqual(before + settings.wakeGraceMs)
    expect(await due.settle([taskId])).toEqual([])
  })

  test('puts a task off the longer, the oftener its wake-up was added since the last claim', async () => {
    const taskId = await create()
    const graces = async (times: number) => {
      const found: number[] = []
      for (let time = 0; time < times; time++) {
        await store.makeDue(taskId)
        const before = await store.now()
        await due.settle([taskId])
        found.push(Math.round(((await store.dueAt(taskId)) - before) / settings.wakeGraceMs))
      }
      return found
    }
    expect(await graces(8)).toEqual([1, 2, 4, 8, 16, 32, 32, 32])
    await (await claim(taskId)).ledger.handBack({ ...NOTHING, dueInMs: 0 })
    expect(await graces(2)).toEqual([1, 2])
    await due.stall(taskId, { reason: 'Nobody serves its queue.', isAwaited: true })
    expect(await graces(2)).toEqual([4, 8])
    await due.stall(taskId, { reason: 'Nobody has its tool.', isAwaited: false })
    expect(await graces(2)).toEqual([1, 2])
  })

  test('names the queue and the priority of the task', async () => {
    const draft = newDraft({ queue: 'gpu', priority: 4 })
    await tasks.create(draft)
    await store.makeDue(draft.id)
    expect(await due.settle([draft.id])).toEqual([
      { kind: 'wake', taskId: draft.id, queue: 'gpu', priority: 4, tool: 'research' },
    ])
  })

  test('wakes a task whose worker fell silent, and leaves one alone whose lease was renewed', async () => {
    const [silent, live] = [await create(), await create()]
    await claim(silent)
    await claim(live)
    await store.expireLease(silent)
    await store.makeDue(live)
    expect(await due.settle([silent, live])).toEqual([WAKE(silent)])
    expect(await store.dueAt(live)).toBe(Number(await redis.hget(taskKeys(live).record, 'lease')))
  })

  test('gives the open waits of a task that waits', async () => {
    const taskId = await create()
    const { ledger } = await claim(taskId)
    await ledger.suspend({ entries: [], waits: [timerOf('t1', 5), questionOf('q1')], dueAt: 5 })
    expect(await due.settle([taskId])).toEqual([
      {
        kind: 'waits',
        taskId,
        queue: 'default',
        ancestors: [],
        waits: expect.arrayContaining([timerOf('t1', 5), questionOf('q1')]),
      },
    ])
    expect(await due.settle([taskId])).toEqual([])
    expect(await runOf(taskId)).toBe('waiting')
  })

  test('wakes a task that waits for nothing', async () => {
    const taskId = await create()
    const { ledger } = await claim(taskId)
    await ledger.suspend({ ...NOTHING, dueAt: 5 })
    expect(await due.settle([taskId])).toEqual([WAKE(taskId)])
    expect((await claim(taskId)).interrupted).toBe(false)
  })

  test('does nothing for a task whose time has not come, or that is not there', async () => {
    const taskId = await create()
    expect(await due.settle([taskId, newDraft().id])).toEqual([])
    expect(await runOf(taskId)).toBe('ready')
  })

  test('forgets an id without a record', async () => {
    const { id } = newDraft()
    await store.makeDue(id)
    expect(await due.settle([id])).toEqual([])
    expect(await redis.exists(taskKeys(id).due)).toBe(0)
  })

  test('by several sweepers at once handles each task once', async () => {
    const ids = await Promise.all(Array.from({ length: 60 }, () => create()))
    await Promise.all(ids.map(store.makeDue))
    const settled = await Promise.all(
      Array.from({ length: 6 }, (_, place) => (place % 2 === 0 ? due : store.dueElsewhere).settle(ids)),
    )
    expect(
      settled
        .flat()
        .map(({ taskId }) => taskId)
        .toSorted(),
    ).toEqual(ids.toSorted())
    expect(settled.flat().every(({ kind }) => kind === 'wake')).toBe(true)
    // Nothing is lost if all those sweepers die now: each task comes up again.
    await Promise.all(ids.map(store.makeDue))
    expect(await due.settle(ids)).toHaveLength(60)
  })
})

describe('removal', () => {
  const ended = async (removable: number) => {
    const taskId = await create()
    const { ledger } = await claim(taskId)
    await ledger.save({ entries: [stepDone('s1')], waits: [questionOf('q1')] })
    await cancel(taskId)
    await redis.hset(taskKeys(taskId).record, 'removable', removable)
    await store.makeDue(taskId)
    return taskId
  }

  test('takes a task with all that is its own', async () => {
    const taskId = await ended(1)
    expect(await due.settle([taskId])).toEqual([{ kind: 'removed', taskId }])
    expect((await redis.keys('*')).map((key) => key.replace(/^.*:/, ''))).toEqual(['events'])
  })

  test('leaves other tasks of the owner', async () => {
    const taskId = await ended(1)
    const other = await create()
    await due.settle([taskId])
    const { owner } = newDraft().head
    expect(await redis.zrange(ownerIndexKey(owner), 0, '-1')).toEqual([other])
  })

  test('does not happen before its time, even when the task is due', async () => {
    const removable = (await store.now()) + 60_000
    const taskId = await ended(removable)
    expect(await due.settle([taskId])).toEqual([])
    expect(await store.dueAt(taskId)).toBe(removable)
    expect(await tasks.readOutcome(taskId)).toHaveProperty('outcome')
  })

  test('happens at its time, not a millisecond before', async () => {
    const removable = (await store.now()) + 60
    const taskId = await ended(removable)
    await expect
      .poll(
        async () => {
          await store.makeDue(taskId)
          const before = await store.now()
          const settled = await due.settle([taskId])
          const after = await store.now()
          if (settled.length === 0) expect(before).toBeLessThan(removable)
          else expect(after).toBeGreaterThanOrEqual(removable)
          return settled
        },
        { interval: 1 },
      )
      .toEqual([{ kind: 'removed', taskId }])
  })

  test('by several sweepers at once is told once', async () => {
    const taskId = await ended(1)
    const settled = await Promise.all(Array.from({ length: 5 }, () => due.settle([taskId])))
    expect(settled.flat()).toEqual([{ kind: 'removed', taskId }])
  })
})

describe('defer', () => {
  const suspended = async (...waits: Parameters<Claimed['ledger']['suspend']>[0]['waits']) => {
    const taskId = await create()
    const { ledger } = await claim(taskId)
    await ledger.suspend({ entries: [], waits, dueAt: 5 })
    return taskId
  }

  test('moves the due time of a task that waits', async () => {
    const taskId = await suspended(timerOf('t1', 1_900_000_000_000))
    await due.defer(taskId, 1_800_000_000_000)
    expect(await store.dueAt(taskId)).toBe(1_800_000_000_000)
  })

  test('never past a deadline that has come up meanwhile', async () => {
    const taskId = await suspended(timerOf('t1', 1_800_000_000_000), questionOf('q1', 1_900_000_000_000.5))
    await due.defer(taskId, 2_000_000_000_000)
    expect(await store.dueAt(taskId)).toBe(1_800_000_000_000)
    await tasks.resolve(taskId, stepDone('t1'))
    const { ledger } = await claim(taskId)
    await ledger.suspend({ ...NOTHING, dueAt: 5 })
    await due.defer(taskId, 2_000_000_000_000)
    expect(await store.dueAt(taskId)).toBe(1_900_000_000_001)
  })

  test('leaves a task alone that goes on or has ended', async () => {
    const taskId = await suspended(questionOf('q1'))
    await tasks.resolve(taskId, answerTo('q1', 'Ben'))
    const woken = await store.dueAt(taskId)
    await due.defer(taskId, 2_000_000_000_000)
    expect(await store.dueAt(taskId)).toBe(woken)
    await cancel(taskId)
    const removable = await store.dueAt(taskId)
    await due.defer(taskId, 2_000_000_000_000)
    expect(await store.dueAt(taskId)).toBe(removable)
    await due.defer(newTaskId({ issuer: 'i', subject: 's' }), 5)
  })
})

test('one sweeper has the turn until it is silent for some sweeps', async () => {
  expect(await due.isMyTurn('s1')).toBe(true)
  expect(await due.isMyTurn('s2')).toBe(false)
  expect(await due.isMyTurn('s1')).toBe(true)
  const term = await redis.pttl('lh:sweeper')
  expect(term).toBeGreaterThan(3 * settings.sweepIntervalMs)
  expect(term).toBeLessThanOrEqual(4 * settings.sweepIntervalMs)
  await redis.del('lh:sweeper')
  expect(await due.isMyTurn('s2')).toBe(true)
})

describe('stall', () => {
  const REASON = 'Waits for a worker that has the tool.'
  const messageOf = async (taskId: string) => (await tasks.read(taskId))?.statusMessage
  const stall = (taskId: string, reason: string) => due.stall(taskId, { reason, isAwaited: false })
  const told = async (taskId: string) =>
    (await store.events(taskId)).flatMap(({ type, reason }) => (type === 'stalled' ? [reason] : []))

  test('is what people read until somebody takes the task, and is told once', async () => {
    const taskId = await create()
    await stall(taskId, 'Another reason.')
    await stall(taskId, REASON)
    await stall(taskId, REASON)
    expect(await messageOf(taskId)).toBe(REASON)
    expect(await told(taskId)).toEqual(['Another reason.', REASON])
    const { ledger } = await claim(taskId)
    expect(await messageOf(taskId)).toBeUndefined()
    await ledger.progress({ progress: 1, message: 'half' })
    expect(await messageOf(taskId)).toBe('half')
  })

  test('comes with a task that is handed back for it, each time anew, and goes with one that is handed over', async () => {
    const taskId = await create()
    const first = await claim(taskId)
    await first.ledger.progress({ progress: 1, message: 'half' })
    await first.ledger.handBack({ ...NOTHING, dueInMs: 5000, reason: REASON })
    expect(await messageOf(taskId)).toBe(REASON)
    await (await claim(taskId)).ledger.handBack({ ...NOTHING, dueInMs: 5000, reason: REASON })
    expect(await told(taskId)).toEqual([REASON])
    await (await claim(taskId)).ledger.handBack({ ...NOTHING, dueInMs: 5000 })
    expect(await messageOf(taskId)).toBe('half')
  })

  test('says nothing of a task that is running, waits or is over', async () => {
    const taskId = await create()
    const { ledger } = await claim(taskId)
    await stall(taskId, REASON)
    await ledger.suspend({ entries: [], waits: [questionOf('q1')], dueAt: 9e12 })
    await stall(taskId, REASON)
    await tasks.resolve(taskId, answerTo('q1', 'Ben'))
    expect(await messageOf(taskId)).toBeUndefined()
    await cancel(taskId)
    await stall(taskId, REASON)
    expect(await messageOf(taskId)).toBe('no')
    expect(await told(taskId)).toEqual([])
  })
})
