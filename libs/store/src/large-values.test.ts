import type { Claimed, OutcomeEntry } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { RedisClaimStore } from './claim-store.ts'
import { answerTo, NOTHING, newDraft, questionOf, stepDone, testSettings } from './fixtures/drafts.ts'
import { openStore } from './fixtures/open-store.ts'
import { taskKeys } from './keys.ts'
import { RedisTaskStore } from './task-store.ts'

const store = await openStore()
const settings = testSettings({ maxInlineBytes: 1000 })
const tasks = new RedisTaskStore(store.connection, settings)
const LARGE = 'ü'.repeat(500)
const OTHER = 'o'.repeat(5000)

/** Claims as another worker each time, which has not seen the task before. */
async function claimed(taskId: string, claims = new RedisClaimStore(store.connection, settings)): Promise<Claimed> {
  const claim = await claims.claim(taskId, { worker: 'w1', leaseMs: 60_000 })
  if (claim.kind !== 'claimed') throw new Error(`The claim was ${claim.kind}.`)
  return claim
}
async function running(): Promise<Claimed & { taskId: string }> {
  const draft = newDraft()
  await tasks.create(draft)
  return { taskId: draft.id, ...(await claimed(draft.id)) }
}
const stored = async (taskId: string) => {
  const { journal, values } = taskKeys(taskId)
  return {
    records: await store.redis.lrange(journal, 0, -1),
    values: Object.values(await store.redis.hgetall(values)),
  }
}

describe('a large value', () => {
  test('is kept beside the journal, once, and read back wherever the journal is read', async () => {
    const { taskId, ledger } = await running()
    const entries = [stepDone('s1', LARGE), stepDone('s2', OTHER), stepDone('s3', LARGE), stepDone('s4')]
    await ledger.save({ entries, waits: [] })
    await ledger.save({ entries: [stepDone('s5', OTHER)], waits: [] })
    const { records, values } = await stored(taskId)
    expect(values.sort()).toEqual([JSON.stringify(OTHER), JSON.stringify(LARGE)])
    expect(records.map((record) => record.length < 200)).toEqual(Array(5).fill(true))
    const all = [...entries, stepDone('s5', OTHER)]
    expect(await tasks.readJournal(taskId)).toEqual(all)
    await ledger.handBack({ entries: [], waits: [], dueInMs: 0 })
    expect((await claimed(taskId)).journal).toEqual(all)
  })

  test('begins one byte above the limit', async () => {
    const { taskId, ledger } = await running()
    const entries = [stepDone('s1', 'x'.repeat(998)), stepDone('s2', 'x'.repeat(999))]
    await ledger.save({ entries, waits: [] })
    expect((await stored(taskId)).values).toEqual([JSON.stringify('x'.repeat(999))])
    expect(await tasks.readJournal(taskId)).toEqual(entries)
  })

  test('goes over the wire once where the same claim has it already', async () => {
    const { taskId, ledger } = await running()
    await ledger.save({ entries: [stepDone('s1', OTHER)], waits: [] })
    await store.redis.del(taskKeys(taskId).values)
    await ledger.save({ entries: [stepDone('s2', OTHER), stepDone('s3', LARGE)], waits: [] })
    expect((await stored(taskId)).values).toEqual([JSON.stringify(LARGE)])
  })

  test('in an answer reaches the activation that runs, and the next one', async () => {
    const { taskId, ledger } = await running()
    await ledger.save({ entries: [], waits: [questionOf('q1'), questionOf('q2'), questionOf('q3')] })
    const answers = ['q1', 'q2', 'q3'].map((key) => answerTo(key, OTHER))
    await tasks.resolve(taskId, answers[0] as OutcomeEntry)
    expect(await ledger.save(NOTHING)).toEqual({ kind: 'saved', tail: [answers[0]] })
    await tasks.resolve(taskId, answers[1] as OutcomeEntry)
    expect(await ledger.suspend({ ...NOTHING, dueAt: 9e12 })).toEqual({ kind: 'resumed', tail: [answers[1]] })
    await ledger.suspend({ ...NOTHING, dueAt: 9e12 })
    await tasks.resolve(taskId, answers[2] as OutcomeEntry)
    expect((await stored(taskId)).values).toHaveLength(1)
    expect((await claimed(taskId)).journal).toEqual(answers)
  })

  test('of a write that came twice is the value of one record, and what was asked is not asked again', async () => {
    const { taskId, ledger, token } = await running()
    await ledger.save({ entries: [], waits: [questionOf('q1')] })
    await tasks.resolve(taskId, answerTo('q1', OTHER))
    expect(await ledger.save({ entries: [], waits: [questionOf('q1')] })).toMatchObject({ kind: 'saved' })
    expect(await tasks.readWaits(taskId)).toEqual([])
    expect(token).toBe(await store.redis.hget(taskKeys(taskId).record, 'token'))
  })

  test('goes with its task', async () => {
    const { taskId, ledger } = await running()
    const outcome = { kind: 'result', result: { content: [] } } as const
    await ledger.finish({ entries: [stepDone('s1', OTHER)], waits: [], outcome })
    expect((await stored(taskId)).values).toHaveLength(1)
    await store.redis.hset(taskKeys(taskId).record, 'removable', 1)
    await store.redis.zadd(taskKeys(taskId).due, 1, taskId)
    expect(await store.due.settle([taskId])).toEqual([{ kind: 'removed', taskId }])
    expect(await store.redis.exists(taskKeys(taskId).values)).toBe(0)
  })

  test('that is missing is an error, not another value', async () => {
    const { taskId, ledger } = await running()
    await ledger.save({ entries: [stepDone('s1', OTHER)], waits: [] })
    await store.redis.del(taskKeys(taskId).values)
    await expect(tasks.readJournal(taskId)).rejects.toThrow(/refers to the value .{43}, which is not there/)
  })
})
