import { join } from 'node:path'
import type { Claimed } from '@longhaul/task'
import { spawnNode } from '@longhaul/testbed'
import { expect, test } from 'vitest'
import { LIVE_WORKER, newDraft, questionOf, timerOf } from './fixtures/drafts.ts'
import { openStore } from './fixtures/open-store.ts'
import type { SweepReport } from './fixtures/sweeper.ts'
import { taskKeys } from './keys.ts'
import { Workers } from './workers.ts'

const store = await openStore()
const { tasks, claims, redis } = store
const isReport = (message: unknown): message is SweepReport => Object(message).removed !== undefined

/** As many tasks of a few owners. */
async function create(count: number): Promise<string[]> {
  const owners = ['a', 'b', 'c'].map((subject) => ({ issuer: 'i', subject }))
  const drafts = Array.from({ length: count }, (_, n) => newDraft({ owner: owners[n % owners.length] ?? owners[0] }))
  await Promise.all(drafts.map((draft) => tasks.create(draft)))
  return drafts.map(({ id }) => id)
}
async function claim(taskId: string): Promise<Claimed> {
  const claimed = await claims.claim(taskId, { worker: 'w1', leaseMs: 60_000 })
  if (claimed.kind !== 'claimed') throw new Error(`The claim was ${claimed.kind}.`)
  return claimed
}

test('four sweepers at once resolve each of 2,000 due tasks once', { timeout: 60_000 }, async () => {
  const [timers, lost, over] = [await create(1000), await create(500), await create(500)]
  await Promise.all(
    timers.map(async (taskId) => {
      const { ledger } = await claim(taskId)
      await ledger.suspend({ entries: [], waits: [timerOf('t1', 5), questionOf('q1')], dueAt: 5 })
    }),
  )
  await Promise.all(lost.map(store.makeDue))
  await Promise.all(
    over.map(async (taskId) => {
      const task = await tasks.read(taskId)
      if (task) await tasks.cancel(task, 'no')
      await redis.hset(taskKeys(taskId).record, 'removable', 1)
      await store.makeDue(taskId)
    }),
  )

  await new Workers(store.connection, store.watch, store.settings).beat(LIVE_WORKER)
  const program = join(import.meta.dirname, 'fixtures', 'sweeper.ts')
  const sweepers = Array.from({ length: 4 }, () => spawnNode(program, { args: [store.url] }))
  await Promise.all(sweepers.map((sweeper) => sweeper.ready((message) => message === 'ready')))
  for (const sweeper of sweepers) sweeper.send('sweep')
  const reports = await Promise.all(sweepers.map((sweeper) => sweeper.ready(isReport)))

  expect(reports.flatMap(({ removed }) => removed).toSorted()).toEqual(over.toSorted())
  expect(reports.flatMap(({ woken }) => woken).toSorted()).toEqual([...timers, ...lost].toSorted())
  // They did share the work.
  expect(reports.filter(({ woken, removed }) => woken.length + removed.length > 0).length).toBeGreaterThan(1)
  const journals = await Promise.all(timers.map((taskId) => redis.llen(taskKeys(taskId).journal)))
  expect(new Set(journals)).toEqual(new Set([1]))
  const waits = await Promise.all(timers.map((taskId) => redis.hkeys(taskKeys(taskId).waits)))
  expect(new Set(waits.flat())).toEqual(new Set(['q1']))
  expect(await redis.exists(...over.map((taskId) => taskKeys(taskId).record))).toBe(0)
})
