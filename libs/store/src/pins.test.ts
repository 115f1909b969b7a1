import type { TaskDraft } from '@longhaul/task'
import { expect, test } from 'vitest'
import { RedisClaimStore } from './claim-store.ts'
import { callOf, NOTHING, newDraft, testSettings } from './fixtures/drafts.ts'
import { openEngine } from './fixtures/open-engine.ts'
import { openStore } from './fixtures/open-store.ts'
import { taskKeys } from './keys.ts'
import { RedisTaskStore } from './task-store.ts'

const store = await openStore()
const BRIEF = { resultRetentionMs: 1 }
const tasks = new RedisTaskStore(store.connection, testSettings(BRIEF))
const claims = new RedisClaimStore(store.connection, testSettings(BRIEF))
const { sweep } = openEngine(store, BRIEF)

/** A task of a definition that is pinned for it. */
function pinned(hash: string, content = `definition ${hash}`): TaskDraft {
  const draft = newDraft({ ttlMs: 0, pinned: hash })
  return { ...draft, pin: { hash, content } }
}

async function end(taskId: string) {
  const task = await tasks.read(taskId)
  if (task) await tasks.cancel(task, 'no')
}

const removed = (taskId: string) =>
  expect
    .poll(async () => {
      await sweep()
      return tasks.read(taskId)
    })
    .toBeUndefined()

test('a definition is kept until the last task that was made for it is removed, and others as they were', async () => {
  const [one, two, other] = [pinned('a'), pinned('a', 'not written again'), pinned('b')]
  for (const draft of [one, two, other]) await tasks.create(draft)
  // A command that comes twice counts once.
  expect(await tasks.create(one)).toEqual({ kind: 'exists' })
  const read = (hash: string) => claims.readPin(one.id, hash)
  expect([await read('a'), await read('b'), await read('c')]).toEqual(['definition a', 'definition b', undefined])
  await end(one.id)
  await removed(one.id)
  expect(await read('a')).toBe('definition a')
  await end(two.id)
  await removed(two.id)
  expect([await read('a'), await read('b')]).toEqual([undefined, 'definition b'])
  await end(other.id)
  await removed(other.id)
  expect(await store.redis.exists(taskKeys(one.id).pins)).toBe(0)
})

test('a task that is made of another keeps its definition, without knowing it', async () => {
  const [one, two] = [pinned('a'), newDraft({ ttlMs: 0, pinned: 'a' })]
  for (const draft of [one, two]) await tasks.create(draft)
  await end(one.id)
  await removed(one.id)
  expect(await claims.readPin(two.id, 'a')).toBe('definition a')
  await end(two.id)
  await removed(two.id)
  expect(await store.redis.exists(taskKeys(one.id).pins)).toBe(0)
})

test('a task that is refused pins nothing', async () => {
  const strict = new RedisTaskStore(store.connection, testSettings({ maxOpenTasksPerOwner: 1 }))
  const one = newDraft()
  await strict.create(one)
  expect(await strict.create(pinned('a'))).toEqual({ kind: 'too_many' })
  expect(await store.redis.exists(taskKeys(one.id).pins)).toBe(0)
})

test('a child pins its own definition, once, and as long as its tree is kept', async () => {
  const parent = newDraft({ ttlMs: 0 })
  await tasks.create(parent)
  const claimed = await claims.claim(parent.id, { worker: 'w', leaseMs: 60_000 })
  if (claimed.kind !== 'claimed') throw new Error(claimed.kind)
  const { waits, children } = callOf(parent, 'call')
  const [child] = children
  const draft = { ...child, head: { ...child.head, pinned: 'a' }, pin: { hash: 'a', content: 'definition a' } }
  await claimed.ledger.save({ entries: [], waits, children: [draft] })
  expect(await store.redis.hgetall(taskKeys(parent.id).pins)).toEqual({ a: 'definition a', 'tasks:a': '1' })
  await claimed.ledger.finish({ ...NOTHING, outcome: { kind: 'result', result: { content: [] } } })
  await removed(parent.id)
  await removed(draft.id)
  expect(await store.redis.exists(taskKeys(parent.id).pins)).toBe(0)
})
