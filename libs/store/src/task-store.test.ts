import type { Task } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { claimed } from './fixtures/claimed.ts'
import { answerTo, NOTHING, newDraft, questionOf, stepDone, timerOf } from './fixtures/drafts.ts'
import { openStore } from './fixtures/open-store.ts'
import { taskKeys } from './keys.ts'
import type { SessionNotice } from './task-watch.ts'

const store = await openStore()
const { tasks, claims, redis, settings } = store

const claim = (taskId: string) => claimed(claims, taskId)
/** A task that waits for answers to q1 and q2. */
async function waiting(): Promise<string> {
  const draft = newDraft()
  await tasks.create(draft)
  const { ledger } = await claim(draft.id)
  await ledger.suspend({ entries: [], waits: [questionOf('q1'), questionOf('q2')], dueAt: 9e12 })
  return draft.id
}
async function read(taskId: string): Promise<Task> {
  const task = await tasks.read(taskId)
  if (!task) throw new Error('The task is not there.')
  return task
}

describe('create', () => {
  test('makes a task that is working', async () => {
    const draft = newDraft({ session: 's1', clientId: 'editor', call: { session: 's1', isTask: true } })
    expect(await tasks.create(draft)).toEqual({ kind: 'created' })
    expect(await tasks.read(draft.id)).toEqual({
      id: draft.id,
      head: draft.head,
      status: 'working',
      isError: false,
      updatedAt: draft.head.createdAt,
      seq: 1,
      session: 's1',
    })
    expect(await tasks.readOutcome(draft.id)).not.toHaveProperty('outcome')
    expect(await tasks.readWaits(draft.id)).toEqual([])
    expect(await tasks.readJournal(draft.id)).toEqual([])
  })

  test('is due when nobody has taken the wake-up', async () => {
    const before = await store.now()
    const draft = newDraft()
    await tasks.create(draft)
    expect(await store.dueAt(draft.id)).toBeGreaterThanOrEqual(before + settings.wakeGraceMs)
    expect(await store.dueAt(draft.id)).toBeLessThanOrEqual((await store.now()) + settings.wakeGraceMs)
  })

  test('changes nothing when the id is taken', async () => {
    const draft = newDraft()
    await tasks.create(draft)
    const before = await redis.hgetall(taskKeys(draft.id).record)
    expect(await tasks.create({ ...draft, args: { topic: 'coffee' } })).toEqual({ kind: 'exists' })
    expect(await redis.hgetall(taskKeys(draft.id).record)).toEqual(before)
  })

  test('takes a task that is over before it began', async () => {
    const outcome = {
      kind: 'result',
      result: { content: [{ type: 'text', text: 'Invalid arguments.' }], isError: true },
    } as const
    const draft = { ...newDraft(), outcome }
    await tasks.create(draft)
    expect(await tasks.readOutcome(draft.id)).toMatchObject({
      status: 'completed',
      isError: true,
      statusMessage: 'Invalid arguments.',
      outcome,
      removableAt: expect.any(Number),
    })
    expect(await claims.claim(draft.id, { worker: 'w1', leaseMs: 1000 })).toEqual({ kind: 'over' })
  })

  test('puts a start off, says so, and gives the task to nobody before', async () => {
    const startAt = Date.UTC(2100, 0)
    const draft = newDraft({ startAt })
    await tasks.create(draft)
    expect(await read(draft.id)).toMatchObject({
      status: 'working',
      statusMessage: 'It starts at 2100-01-01T00:00:00.000Z.',
    })
    expect(await store.dueAt(draft.id)).toBe(startAt)
    expect(await claims.claim(draft.id, { worker: 'w1', leaseMs: 1000 })).toEqual({ kind: 'over' })
    await store.makeDue(draft.id)
    expect(await store.due.settle([draft.id])).toMatchObject([{ kind: 'wake', taskId: draft.id, queue: 'default' }])
    expect(await read(draft.id)).not.toHaveProperty('statusMessage')
    await claim(draft.id)
  })

  test('knows nothing of an id that was never created', async () => {
    const { id } = newDraft()
    expect(await tasks.read(id)).toBeUndefined()
    expect(await tasks.readOutcome(id)).toBeUndefined()
    expect(await tasks.readWaits(id)).toEqual([])
    expect(await tasks.readJournal(id)).toEqual([])
  })
})

describe('resolve', () => {
  test('wakes a task that waits', async () => {
    const taskId = await waiting()
    await redis.hset(taskKeys(taskId).record, 'updated', 1)
    const before = await store.now()
    expect(await tasks.resolve(taskId, answerTo('q1', 'Ben'))).toBe('wake')
    const after = await store.now()
    expect(await store.dueAt(taskId)).toBeGreaterThanOrEqual(before + settings.wakeGraceMs)
    expect(await store.dueAt(taskId)).toBeLessThanOrEqual(after + settings.wakeGraceMs)
    expect((await read(taskId)).updatedAt).toBeGreaterThanOrEqual(before)
    expect(await claim(taskId)).toMatchObject({
      journal: [answerTo('q1', 'Ben')],
      waits: [questionOf('q2')],
      interrupted: false,
    })
  })

  test('tells a live activation instead, over the channel of its worker', async () => {
    const draft = newDraft()
    await tasks.create(draft)
    const { ledger } = await claim(draft.id)
    await ledger.save({ entries: [], waits: [questionOf('q1')] })
    const told = Promise.withResolvers<string>()
    const stop = await store.watch.on('lh:worker:w1', told.resolve)
    expect(await tasks.resolve(draft.id, answerTo('q1', 'Ben'))).toBe('told')
    expect(await told.promise).toBe(`grown ${draft.id}`)
    await stop()
  })

  test('wakes a task whose worker has fallen silent', async () => {
    const draft = newDraft()
    await tasks.create(draft)
    const { ledger } = await claim(draft.id)
    await ledger.save({ entries: [], waits: [questionOf('q1')] })
    await store.expireLease(draft.id)
    expect(await tasks.resolve(draft.id, answerTo('q1', 'Ben'))).toBe('wake')
    expect(await claim(draft.id)).toMatchObject({ interrupted: true, journal: [answerTo('q1', 'Ben')] })
  })

  test('takes the first of many outcomes', async () => {
    const taskId = await waiting()
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, place) =>
        (place % 2 === 0 ? tasks : store.tasksElsewhere).resolve(taskId, answerTo('q1', `name ${place}`)),
      ),
    )
    expect(answers.filter((answer) => answer === 'wake')).toHaveLength(1)
    expect(answers.filter((answer) => answer === 'not_open')).toHaveLength(39)
    const winner = answers.indexOf('wake')
    expect(await tasks.readJournal(taskId)).toEqual([answerTo('q1', `name ${winner}`)])
  })

  test('does nothing for a question that was never asked, or whose task is gone', async () => {
    const taskId = await waiting()
    expect(await tasks.resolve(taskId, answerTo('q9', 'Ben'))).toBe('not_open')
    expect(await tasks.resolve(newDraft().id, answerTo('q1', 'Ben'))).toBe('not_open')
    expect(await tasks.readJournal(taskId)).toEqual([])
  })

  test('forgets who has shown the question, and how often it was refused', async () => {
    const taskId = await waiting()
    await store.delivery.claim(taskId, 'q1', { id: 'a', kind: 'task', isFirst: false })
    await tasks.refuseAnswer(taskId, 'q1', 'no')
    await store.delivery.claim(taskId, 'q1', { id: 'b', kind: 'task', isFirst: false })
    await tasks.resolve(taskId, answerTo('q1', 'Ben'))
    expect(await redis.exists(taskKeys(taskId).delivery)).toBe(0)
  })

  test('takes a question’s message away with the last open question', async () => {
    const taskId = await waiting()
    await tasks.refuseAnswer(taskId, 'q1', 'A name has no digits.')
    await tasks.resolve(taskId, answerTo('q2', 'Ben'))
    expect((await read(taskId)).statusMessage).toBe('A name has no digits.')
    await tasks.resolve(taskId, answerTo('q1', 'Ben'))
    expect(await read(taskId)).not.toHaveProperty('statusMessage')
  })
})

describe('refuseAnswer', () => {
  test('counts for each question, and tells why', async () => {
    const taskId = await waiting()
    expect(await tasks.refuseAnswer(taskId, 'q1', 'No digits.')).toBe(1)
    expect(await tasks.refuseAnswer(taskId, 'q1', 'Still digits.')).toBe(2)
    expect(await tasks.refuseAnswer(taskId, 'q2', 'No digits.')).toBe(1)
    expect(await read(taskId)).toMatchObject({ status: 'input_required', statusMessage: 'No digits.' })
    expect((await store.events(taskId)).slice(-3)).toMatchObject([
      { type: 'refused', key: 'q1', reason: 'No digits.' },
      { type: 'refused', key: 'q1', reason: 'Still digits.' },
      { type: 'refused', key: 'q2', reason: 'No digits.' },
    ])
  })

  test('is 0 for a question that is not open', async () => {
    const taskId = await waiting()
    await tasks.resolve(taskId, answerTo('q1', 'Ben'))
    expect(await tasks.refuseAnswer(taskId, 'q1', 'No digits.')).toBe(0)
    expect(await tasks.refuseAnswer(newDraft().id, 'q1', 'No digits.')).toBe(0)
  })

  test('counts answers that come at once one by one', async () => {
    const taskId = await waiting()
    const counts = await Promise.all(Array.from({ length: 10 }, () => tasks.refuseAnswer(taskId, 'q1', 'No digits.')))
    expect(counts.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
  })

  test('lets the question be shown again', async () => {
    const taskId = await waiting()
    expect(await store.delivery.claim(taskId, 'q1', { id: 'a', kind: 'task', isFirst: false })).toEqual({
      attempt: 1,
      refusals: 0,
      losses: 0,
    })
    expect(await store.delivery.claim(taskId, 'q1', { id: 'b', kind: 'task', isFirst: false })).toBeUndefined()
    await tasks.refuseAnswer(taskId, 'q1', 'No digits.')
    expect(await store.delivery.claim(taskId, 'q1', { id: 'b', kind: 'task', isFirst: false })).toEqual({
      attempt: 2,
      refusals: 1,
      losses: 0,
    })
  })
})

describe('cancel', () => {
  test('ends a task that waits, with all that is open', async () => {
    const taskId = await waiting()
    expect(await tasks.cancel(await read(taskId), 'Not needed any more.')).toBe('cancelled')
    expect(await tasks.readOutcome(taskId)).toMatchObject({
      status: 'cancelled',
      statusMessage: 'Not needed any more.',
      outcome: { kind: 'cancelled', reason: 'Not needed any more.' },
    })
    expect(await tasks.readWaits(taskId)).toEqual([])
    expect(await tasks.resolve(taskId, answerTo('q1', 'Ben'))).toBe('not_open')
  })

  test('tells the worker that runs the task', async () => {
    const draft = newDraft()
    await tasks.create(draft)
    await claim(draft.id)
    const told = Promise.withResolvers<string>()
    const stop = await store.watch.on('lh:worker:w1', told.resolve)
    await tasks.cancel(await read(draft.id), 'no')
    expect(await told.promise).toBe(`lost ${draft.id}`)
    await stop()
  })

  test('does not touch a task that has ended, however it ended', async () => {
    for (const outcome of [
      { kind: 'result', result: { content: [] } },
      { kind: 'error', error: { message: 'no' } },
      { kind: 'cancelled', reason: 'first' },
    ] as const) {
      const draft = newDraft()
      await tasks.create(draft)
      const { ledger } = await claim(draft.id)
      const task = await read(draft.id)
      await ledger.finish({ ...NOTHING, outcome })
      const before = await redis.hgetall(taskKeys(draft.id).record)
      expect(await tasks.cancel(task, 'second')).toBe('terminal')
      expect(await redis.hgetall(taskKeys(draft.id).record)).toEqual(before)
    }
  })

  test('says so when there is no such task', async () => {
    const draft = newDraft()
    await tasks.create(draft)
    const task = await read(draft.id)
    expect(await tasks.cancel({ ...task, id: newDraft().id }, 'no')).toBe('gone')
  })

  test('by many at once happens once', async () => {
    const taskId = await waiting()
    const task = await read(taskId)
    const answers = await Promise.all(Array.from({ length: 10 }, () => tasks.cancel(task, 'no')))
    expect(answers.toSorted()).toEqual(['cancelled', ...Array(9).fill('terminal')])
  })
})

describe('removableAt', () => {
  test.each([
    ['the ttl, where that is later', { ttlMs: 100_000 }, 1000, 100_000],
    ['the retention after the end, where that is later', { ttlMs: 10 }, 50_000, undefined],
  ] as const)('is %s', async (_what, changed, resultRetentionMs, fromCreation) => {
    const createdAt = Date.now() - 5000
    const draft = newDraft({ ...changed, createdAt })
    const { RedisTaskStore } = await import('./task-store.ts')
    const custom = new RedisTaskStore(store.connection, { ...settings, resultRetentionMs })
    await custom.create(draft)
    await custom.cancel(await read(draft.id), 'no')
    const { removableAt, updatedAt } = await read(draft.id)
    expect(removableAt).toBe(fromCreation === undefined ? updatedAt + 50_000 : createdAt + fromCreation)
    expect(await store.dueAt(draft.id)).toBe(removableAt)
  })
})

test('adopt gives a live task another session, which is told to look, and the one before that it hears no more', async () => {
  const taskId = await waiting()
  await tasks.adopt(taskId, 's1')
  const told: unknown[] = []
  const note = (notice: unknown) => void told.push(notice)
  const stops = await Promise.all(['s1', 's2'].map((session) => store.taskWatch.watchSession(session, note)))
  await tasks.adopt(taskId, 's2')
  await tasks.adopt(taskId, 's2')
  const look = { taskId, type: 'look' }
  await expect.poll(() => told).toEqual([look, { taskId, type: 'adopted' }, look])
  expect((await read(taskId)).session).toBe('s2')
  await tasks.cancel(await read(taskId), 'no')
  await tasks.adopt(taskId, 's3')
  await tasks.adopt(newDraft().id, 's3')
  expect((await read(taskId)).session).toBe('s2')
  await Promise.all(stops.map((stop) => stop()))
})

describe('events', () => {
  test('reach who watches the task and who watches its session', async () => {
    const draft = newDraft({ session: 's1' })
    const ofTask: unknown[] = []
    const ofSession: unknown[] = []
    const over = Promise.withResolvers<void>()
    const stops = await Promise.all([
      store.taskWatch.watch(draft.id, (event) => ofTask.push(event)),
      store.taskWatch.watchSession('s1', (notice) => {
        ofSession.push(notice)
        if (notice.type === 'finished') over.resolve()
      }),
    ])
    await tasks.create(draft)
    const { ledger } = await claim(draft.id)
    await ledger.save({ entries: [stepDone('s1')], waits: [questionOf('q1'), timerOf('t1')] })
    await tasks.resolve(draft.id, answerTo('q1', 'Ben'))
    await ledger.progress({ progress: 1 })
    await ledger.log('info', 'hello')
    const outcome = { kind: 'result', result: { content: [] } } as const
    await ledger.finish({ ...NOTHING, outcome })
    await over.promise
    const [created, ...later] = await store.events(draft.id)
    // Nobody can follow a task before its id is known.
    expect(created).toMatchObject({ seq: 1, type: 'created' })
    // What it came to is told, and not kept twice.
    expect(ofTask).toEqual([...later.slice(0, -1), { ...later.at(-1), outcome }])
    expect(ofTask).toMatchObject([
      { seq: 2, type: 'claimed', worker: 'w1' },
      { seq: 3, type: 'asked', status: 'input_required', keys: ['q1'] },
      { seq: 4, type: 'resolved', status: 'working', key: 'q1' },
      { seq: 5, type: 'progress', progress: { progress: 1 } },
      { seq: 6, type: 'log', level: 'info', data: 'hello' },
      { seq: 7, type: 'finished', status: 'completed' },
    ])
    expect(ofSession).toEqual(ofTask.map((event) => ({ taskId: draft.id, ...(event as object) })))
    await Promise.all(stops.map((stop) => stop()))
  })

  test('tell the session also that nobody runs its task any more, and whether it is paused then', async () => {
    const draft = newDraft({ session: 's1' })
    const told: SessionNotice[] = []
    const stop = await store.taskWatch.watchSession('s1', (notice) => told.push(notice))
    await tasks.create(draft)
    const first = await claim(draft.id)
    await first.ledger.suspend({ entries: [], waits: [questionOf('q1')], dueAt: 9e12 })
    await tasks.resolve(draft.id, answerTo('q1', 'Ben'))
    const second = await claim(draft.id)
    await tasks.pause(draft.id)
    await second.ledger.handBack({ ...NOTHING, dueInMs: 0 })
    await expect
      .poll(() => told)
      .toMatchObject([
        { seq: 2, type: 'claimed' },
        { seq: 3, type: 'asked' },
        { seq: 4, type: 'suspended' },
        { seq: 5, type: 'resolved' },
        { seq: 6, type: 'claimed' },
        { seq: 7, type: 'paused' },
        { seq: 8, type: 'handed_back', isPaused: true },
      ])
    expect(told[2]).not.toHaveProperty('isPaused')
    await stop()
  })

  test('do not tell an outcome along that is large', async () => {
    const draft = newDraft()
    await tasks.create(draft)
    const { ledger } = await claim(draft.id)
    const over = Promise.withResolvers<unknown>()
    const stop = await store.taskWatch.watch(draft.id, over.resolve)
    const content = [{ type: 'text', text: 'x'.repeat(2048) }] as const
    await ledger.finish({ ...NOTHING, outcome: { kind: 'result', result: { content } } })
    expect(await over.promise).toEqual({ seq: 3, at: expect.any(Number), type: 'finished', status: 'completed' })
    await stop()
  })

  test('are kept up to a limit for each partition', async () => {
    const draft = newDraft()
    await tasks.create(draft)
    const { ledger } = await claim(draft.id)
    await Promise.all(Array.from({ length: 1300 }, (_, number) => ledger.log('info', number)))
    const kept = await store.events(draft.id)
    expect(kept.length).toBeGreaterThanOrEqual(settings.eventsPerPartition)
    expect(kept.length).toBeLessThan(settings.eventsPerPartition + 101)
    expect(kept.at(-1)).toMatchObject({ seq: 1302, data: 1299 })
  })
})
