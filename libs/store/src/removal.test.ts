import type { TaskDraft } from '@longhaul/task'
import { expect, test } from 'vitest'
import { RedisClaimStore } from './claim-store.ts'
import { claimed } from './fixtures/claimed.ts'
import { NOTHING, newDraft, questionOf, stepDone, testSettings, timerOf } from './fixtures/drafts.ts'
import { openEngine } from './fixtures/open-engine.ts'
import { openStore } from './fixtures/open-store.ts'
import { RedisTaskStore } from './task-store.ts'

const store = await openStore()
const BRIEF = { resultRetentionMs: 30, deadRetentionMs: 30, maxDeaths: 1, maxInlineBytes: 100 }
const settings = testSettings(BRIEF)
const tasks = new RedisTaskStore(store.connection, settings)
const claims = new RedisClaimStore(store.connection, settings)
const { sweep } = openEngine(store, BRIEF)

const claim = (taskId: string, leaseMs = 60_000) => claimed(claims, taskId, { leaseMs })
async function cancel(taskId: string): Promise<void> {
  const task = await tasks.read(taskId)
  if (task) await tasks.cancel(task, 'no')
}
const done = { kind: 'result', result: { content: [] } } as const
const large = stepDone('large', 'x'.repeat(1000))

test.each<[string, Partial<TaskDraft>, (taskId: string) => Promise<unknown>]>([
  [
    'finished, with a large value and open waits',
    {},
    async (id) => {
      const { ledger } = await claim(id)
      await ledger.save({ entries: [large], waits: [questionOf('q1'), timerOf('t1')] })
      await ledger.progress({ progress: 1 })
      expect(await store.delivery.claim(id, 'q1', { id: 's', kind: 'task', isFirst: false })).toBeDefined()
      await ledger.finish({ ...NOTHING, outcome: done })
    },
  ],
  ['cancelled while it waits, under an idempotency key', { idempotency: { key: 'k', payload: 'p' } }, cancel],
  ['cancelled before it starts', { head: newDraft({ startAt: 9e12, ttlMs: 0 }).head }, cancel],
  ['over before it began', { outcome: done }, async () => {}],
  ['a retry', { retried: { journal: [large], isBroken: true } }, cancel],
  [
    'failed of the deaths of its workers',
    {},
    async (id) => {
      await claim(id, 1)
      await expect.poll(() => claims.claim(id, { worker: 'w1', leaseMs: 1 })).toMatchObject({ kind: 'dead' })
    },
  ],
])('a task that is %s leaves no key behind when its time is over', async (_how, changed, end) => {
  const draft = { ...newDraft({ ttlMs: 0 }), ...changed }
  await tasks.create(draft)
  await end(draft.id)
  expect(await tasks.read(draft.id)).toBeDefined()
  const left = async () => {
    await sweep()
    return (await store.redis.keys('*')).map((key) => key.replace(/^.*:/, '')).toSorted()
  }
  await expect.poll(async () => (await left()).filter((kind) => kind !== 'schema')).toEqual(['events'])
})

test('a task that lives longer than its ttl is kept until it ends, and its result for as long as a result is', async () => {
  const draft = newDraft({ ttlMs: 1 })
  const kept = new RedisTaskStore(store.connection, testSettings({ resultRetentionMs: 60_000 }))
  await kept.create(draft)
  const { ledger } = await claim(draft.id)
  await ledger.suspend({ entries: [], waits: [questionOf('q1')], dueAt: 5 })
  await sweep()
  expect(await kept.read(draft.id)).toMatchObject({ status: 'input_required' })
  const task = await kept.read(draft.id)
  if (task) await kept.cancel(task, 'no')
  await sweep()
  expect(await kept.read(draft.id)).toMatchObject({ status: 'cancelled' })
})
