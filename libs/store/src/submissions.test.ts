import { partitionOfOwner, type Task } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { RedisClaimStore } from './claim-store.ts'
import { claimed } from './fixtures/claimed.ts'
import { NOTHING, newDraft } from './fixtures/drafts.ts'
import { openStore } from './fixtures/open-store.ts'
import { openKey, submissionsKey, taskKeys } from './keys.ts'
import { RedisTaskStore } from './task-store.ts'

const store = await openStore()
const { tasks, claims, redis, settings } = store

const claim = (taskId: string) => claimed(claims, taskId)
async function read(taskId: string): Promise<Task> {
  const task = await tasks.read(taskId)
  if (!task) throw new Error('The task is not there.')
  return task
}

describe('an idempotency key', () => {
  const named = (key: string, payload = 'p1', changed: Parameters<typeof newDraft>[0] = {}) => ({
    ...newDraft(changed),
    idempotency: { key, payload },
  })

  test('gives the task that is there, whether it lives or has ended, and makes none', async () => {
    const draft = named('k')
    expect(await tasks.create(draft)).toEqual({ kind: 'created' })
    const known = { kind: 'known', taskId: draft.id }
    expect(await tasks.create(named('k'))).toEqual(known)
    await tasks.cancel(await read(draft.id), 'no')
    expect(await tasks.create(named('k'))).toEqual(known)
    expect((await tasks.list(draft.head.owner, { limit: 10 })).tasks).toHaveLength(1)
    // Sent again, since its answer was lost.
    expect(await tasks.create(draft)).toEqual({ kind: 'exists' })
  })

  test('is of one payload, of one owner, and of one task', async () => {
    const draft = named('k')
    await tasks.create(draft)
    expect(await tasks.create(named('k', 'p2'))).toEqual({ kind: 'conflict' })
    const ben = { issuer: 'https://id.example', subject: 'ben' }
    expect(await tasks.create(named('k', 'p2', { owner: ben }))).toEqual({ kind: 'created' })
    expect(await tasks.create(named('another'))).toEqual({ kind: 'created' })
  })

  test('given by many at once makes one task', async () => {
    const drafts = Array.from({ length: 20 }, () => named('k'))
    const creations = await Promise.all(
      drafts.map((draft, place) => (place % 2 === 0 ? tasks : store.tasksElsewhere).create(draft)),
    )
    const made = drafts.filter((_, place) => creations[place]?.kind === 'created')
    expect(made).toHaveLength(1)
    const others = creations.filter(({ kind }) => kind !== 'created')
    expect(others).toEqual(Array(19).fill({ kind: 'known', taskId: made[0]?.id }))
  })

  test('is free again when its task is removed', async () => {
    const [draft, other] = [named('k'), named('other')]
    await tasks.create(draft)
    await tasks.create(other)
    await tasks.cancel(await read(draft.id), 'no')
    await redis.hset(taskKeys(draft.id).record, 'removable', 1)
    await store.makeDue(draft.id)
    await store.due.settle([draft.id])
    expect(await redis.hkeys(submissionsKey(draft.head.owner))).toEqual(['other'])
    expect(await tasks.create(named('k', 'p2'))).toEqual({ kind: 'created' })
  })
})

describe('the cap on the open tasks of an owner', () => {
  const capped = new RedisTaskStore(store.connection, { ...settings, maxOpenTasksPerOwner: 3 })
  const open = async () => redis.hvals(openKey(partitionOfOwner(newDraft().head.owner)))
  const fill = async () => {
    const drafts = [newDraft(), newDraft(), newDraft()]
    for (const draft of drafts) expect(await capped.create(draft)).toEqual({ kind: 'created' })
    expect(await capped.create(newDraft())).toEqual({ kind: 'too_many' })
    return drafts.map(({ id }) => id)
  }

  test('counts those of each owner alone, however many come at once', async () => {
    const creations = await Promise.all(Array.from({ length: 20 }, () => capped.create(newDraft())))
    expect(creations.filter(({ kind }) => kind === 'created')).toHaveLength(3)
    expect(await open()).toEqual(['3'])
    const owner = { issuer: 'https://id.example', subject: 'ben' }
    expect(await capped.create(newDraft({ owner }))).toEqual({ kind: 'created' })
    expect(await redis.exists(taskKeys(newDraft().id).open)).toBe(1)
  })

  test.each<[string, (taskId: string) => Promise<unknown>]>([
    ['cancelled', async (taskId) => tasks.cancel(await read(taskId), 'no')],
    [
      'finished',
      async (taskId) =>
        (await claim(taskId)).ledger.finish({ ...NOTHING, outcome: { kind: 'result', result: { content: [] } } }),
    ],
    [
      'failed of the deaths of its workers',
      async (taskId) => {
        const mortal = new RedisClaimStore(store.connection, { ...settings, maxDeaths: 1 })
        await mortal.claim(taskId, { worker: 'w1', leaseMs: 1000 })
        await store.expireLease(taskId)
        expect(await mortal.claim(taskId, { worker: 'w1', leaseMs: 1000 })).toMatchObject({ kind: 'dead' })
      },
    ],
  ])('has room again for one that was %s, once', async (_how, end) => {
    const [first = ''] = await fill()
    await end(first)
    await tasks.cancel(await read(first), 'again')
    expect(await open()).toEqual(['2'])
    expect(await capped.create(newDraft())).toEqual({ kind: 'created' })
    expect(await capped.create(newDraft())).toEqual({ kind: 'too_many' })
    await redis.hset(taskKeys(first).record, 'removable', 1)
    await store.makeDue(first)
    expect(await store.due.settle([first])).toEqual([{ kind: 'removed', taskId: first }])
    expect(await open()).toEqual(['3'])
  })

  test('does not count a task that is over before it began, and leaves nothing behind', async () => {
    const outcome = { kind: 'result', result: { content: [], isError: true } } as const
    for (let time = 0; time < 5; time++) await capped.create({ ...newDraft(), outcome })
    expect(await open()).toEqual([])
    for (const taskId of await fill()) await tasks.cancel(await read(taskId), 'no')
    expect(await redis.exists(taskKeys(newDraft().id).open)).toBe(0)
  })

  test('does not stand in the way of a key whose task is there', async () => {
    const named = { ...newDraft(), idempotency: { key: 'k', payload: 'p' } }
    await capped.create(named)
    await capped.create(newDraft())
    await capped.create(newDraft())
    const again = { ...newDraft(), idempotency: { key: 'k', payload: 'p' } }
    expect(await capped.create(again)).toEqual({ kind: 'known', taskId: named.id })
    expect(await capped.create({ ...again, idempotency: { key: 'l', payload: 'p' } })).toEqual({ kind: 'too_many' })
    expect(await redis.hkeys(submissionsKey(named.head.owner))).toEqual(['k'])
  })
})
