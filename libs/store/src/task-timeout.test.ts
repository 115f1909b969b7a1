import { ownerKey, type TaskDraft } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { answerTo, NOTHING, newDraft, questionOf, stepDone, timerOf } from './fixtures/drafts.ts'
import { openEngine } from './fixtures/open-engine.ts'
import { openStore } from './fixtures/open-store.ts'
import { taskKeys } from './keys.ts'
import { Workers } from './workers.ts'

const store = await openStore()
const { tasks, due, redis } = store
const { claim, sweep } = openEngine(store)
const MESSAGE =
  'task_timeout: The task took longer than it may, 50000 ms. Time in which it waited for people is not counted.'

async function created(changed: Partial<TaskDraft['head']> = {}): Promise<string> {
  const draft = newDraft({ timeoutMs: 50_000, ...changed })
  await tasks.create(draft)
  return draft.id
}
const field = (taskId: string, name: string) => redis.hget(taskKeys(taskId).record, name)
/** As if so many milliseconds had passed for the clock of the task. */
async function age(taskId: string, ms: number): Promise<void> {
  const { record } = taskKeys(taskId)
  for (const name of ['ends', 'asked']) {
    const at = await redis.hget(record, name)
    if (at !== null) await redis.hset(record, name, Number(at) - ms)
  }
  await store.makeDue(taskId)
}

describe('a task that takes longer than it may', () => {
  test('fails when it is looked at, while it runs, and its worker is told', async () => {
    const taskId = await created()
    const { ledger } = await claim(taskId)
    const news = Promise.withResolvers<unknown>()
    const stop = await new Workers(store.connection, store.watch, store.settings).listen('w1', (what, id) =>
      news.resolve([what, id]),
    )
    await ledger.save({ entries: [stepDone('s1')], waits: [timerOf('t1')] })
    await age(taskId, 49_000)
    expect(await due.settle([taskId])).toEqual([])
    await age(taskId, 1001)
    expect(await due.settle([taskId])).toEqual([{ kind: 'timed_out', taskId }])

    expect(await tasks.readOutcome(taskId)).toMatchObject({
      status: 'failed',
      statusMessage: MESSAGE,
      outcome: { kind: 'error', error: { code: -32603, message: MESSAGE } },
    })
    expect(await news.promise).toEqual(['lost', taskId])
    expect(await ledger.save({ entries: [stepDone('s2')], waits: [] })).toEqual({ kind: 'stale' })
    expect(await tasks.readWaits(taskId)).toEqual([])
    await stop()
  })

  test('fails while it waits for nobody', async () => {
    const taskId = await created()
    const { ledger } = await claim(taskId)
    await ledger.suspend({ entries: [], waits: [timerOf('t1')], dueAt: 9e12 })
    await age(taskId, 50_001)
    await sweep()
    expect(await field(taskId, 'status')).toBe('failed')
  })

  test('fails when nobody has taken it, and is not begun', async () => {
    const taskId = await created()
    await age(taskId, 50_001)
    expect(await store.claims.claim(taskId, { worker: 'w1', leaseMs: 60_000 })).toEqual({ kind: 'over' })
    await sweep()
    expect(await field(taskId, 'status')).toBe('failed')
  })

  test('makes room for another task of its owner', async () => {
    const taskId = await created()
    await age(taskId, 50_001)
    await sweep()
    expect(await redis.exists(taskKeys(taskId).open)).toBe(0)
    expect(ownerKey((await tasks.read(taskId))?.head.owner ?? { issuer: '', subject: '' })).toMatch(/anna/)
  })
})

describe('the time of a task', () => {
  test('stands still from its first question to the last answer', async () => {
    const taskId = await created()
    const first = await claim(taskId)
    expect(first.clock).toEqual({ waitedMs: 0, endsAt: Number(await field(taskId, 'ends')) })
    await first.ledger.save({ entries: [], waits: [questionOf('q1')] })
    const askedAt = Number(await field(taskId, 'asked'))
    await first.ledger.suspend({ entries: [], waits: [questionOf('q2')], dueAt: 9e12 })
    expect(Number(await field(taskId, 'asked'))).toBe(askedAt)

    await age(taskId, 80_000)
    await sweep()
    await tasks.resolve(taskId, answerTo('q1', 'Ben'))
    await age(taskId, 20_000)
    await sweep()
    expect(await field(taskId, 'status')).toBe('input_required')
    const during = await claim(taskId)
    expect(during.clock).toMatchObject({ waitedMs: 0, askedAt: askedAt - 100_000 })

    await tasks.resolve(taskId, answerTo('q2', 'Cleo'))
    expect(Number(await field(taskId, 'waited'))).toBeGreaterThanOrEqual(100_000)
    expect(await field(taskId, 'asked')).toBeNull()
    await store.makeDue(taskId)
    await sweep()
    expect(await field(taskId, 'status')).toBe('working')
    await age(taskId, 50_001)
    await sweep()
    expect(await field(taskId, 'status')).toBe('failed')
  })

  test('begins when the task does', async () => {
    const startAt = Date.now() + 1_000_000
    const taskId = await created({ startAt })
    expect(Number(await field(taskId, 'ends'))).toBe(startAt + 50_000)
  })

  test('is over in time, however long the lease is', async () => {
    const taskId = await created()
    const { runId } = await claim(taskId)
    const ends = Number(await field(taskId, 'ends'))
    expect(await store.dueAt(taskId)).toBe(ends)
    await store.claims.renew([{ taskId, runId }], 90_000)
    expect(await store.dueAt(taskId)).toBe(ends)
    await store.claims.renew([{ taskId, runId }], 10)
    expect(await store.dueAt(taskId)).toBeLessThan(ends)
  })

  test('is over in time, however far its timers are put off', async () => {
    const taskId = await created()
    const { ledger } = await claim(taskId)
    await ledger.suspend({ entries: [], waits: [timerOf('t1')], dueAt: 5 })
    await due.defer(taskId, 8e12)
    expect(await store.dueAt(taskId)).toBe(Number(await field(taskId, 'ends')))
  })

  test('is no matter of tasks that may take any', async () => {
    const taskId = await created({ timeoutMs: undefined })
    const { clock, ledger } = await claim(taskId)
    expect(clock).toEqual({ waitedMs: 0 })
    expect(await ledger.suspend({ ...NOTHING, dueAt: 8e12 })).toEqual({ kind: 'suspended' })
    expect(await store.dueAt(taskId)).toBe(8e12)
  })
})
