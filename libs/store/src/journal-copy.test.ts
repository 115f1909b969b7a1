import type { Claimed, JournalEntry, OutcomeEntry } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { RedisClaimStore } from './claim-store.ts'
import { answerTo, NOTHING, newDraft, questionOf, stepDone, testSettings } from './fixtures/drafts.ts'
import { openStore } from './fixtures/open-store.ts'
import { taskKeys } from './keys.ts'

const store = await openStore()
const settings = testSettings({ maxInlineBytes: 1000 })
const LARGE = 'x'.repeat(20_000)

const newWorker = (changed = {}) => new RedisClaimStore(store.connection, { ...settings, ...changed })
async function claimed(taskId: string, worker: RedisClaimStore): Promise<Claimed> {
  const claim = await worker.claim(taskId, { worker: 'w1', leaseMs: 60_000 })
  if (claim.kind !== 'claimed') throw new Error(`The claim was ${claim.kind}.`)
  return claim
}
/** As an activation writes it. */
const own = (key: string, seen: number, value: string | number = 'done'): OutcomeEntry & JournalEntry => ({
  ...stepDone(key, value),
  seen,
})
/** What `work` makes the store send. */
async function bytesRead(work: () => Promise<unknown>): Promise<number> {
  const sent = async () => Number(/total_net_output_bytes:(\d+)/.exec(await store.redis.info('stats'))?.[1])
  const overhead = -(await sent()) + (await sent())
  const before = await sent()
  await work()
  return (await sent()) - before - overhead
}

/** A task with a large journal, suspended by `worker` with the question q1 open. */
async function suspended(worker: RedisClaimStore): Promise<string> {
  const draft = newDraft()
  await store.tasks.create({ ...draft, args: { topic: LARGE } })
  const { ledger } = await claimed(draft.id, worker)
  await ledger.save({ entries: [own('s1', 0, LARGE), own('s2', 0)], waits: [questionOf('q1'), questionOf('q2')] })
  await ledger.suspend({ entries: [own('s3', 2)], waits: [], dueAt: 9e12 })
  return draft.id
}

describe('a worker that goes on with a task that it has had', () => {
  test('reads what is new, and has all', async () => {
    const worker = newWorker()
    const taskId = await suspended(worker)
    await store.tasks.resolve(taskId, answerTo('q1', 'Ben'))
    const again: Claimed[] = []
    expect(await bytesRead(async () => again.push(await claimed(taskId, worker)))).toBeLessThan(1500)
    expect(again[0]).toMatchObject({ args: { topic: LARGE }, head: { tool: 'research' }, waits: [questionOf('q2')] })
    expect(again[0]?.journal).toEqual(await store.tasks.readJournal(taskId))
    expect(again[0]?.journal.map(({ key }) => key)).toEqual(['s1', 's2', 's3', 'q1'])
    expect(again[0]?.ledger.known).toBe(4)
  })

  test('has what other workers did meanwhile', async () => {
    const [one, other] = [newWorker(), newWorker()]
    const taskId = await suspended(one)
    await store.tasks.resolve(taskId, answerTo('q1', 'Ben'))
    const { ledger } = await claimed(taskId, other)
    await ledger.suspend({ entries: [own('s4', 4, LARGE), own('s5', 4, 'y'.repeat(2000))], waits: [], dueAt: 9e12 })
    await store.tasks.resolve(taskId, answerTo('q2', 'Cleo'))
    const again = await claimed(taskId, one)
    expect(again.journal).toEqual(await store.tasks.readJournal(taskId))
    expect(again.journal).toHaveLength(7)
  })

  test('has what it wrote last while it claimed the task again', async () => {
    const worker = newWorker()
    const taskId = await suspended(worker)
    await store.tasks.resolve(taskId, answerTo('q1', 'Ben'))
    const { ledger } = await claimed(taskId, worker)
    await store.expireLease(taskId)
    const [saved, again] = await Promise.all([
      ledger.save({ entries: [own('s4', 4)], waits: [] }),
      claimed(taskId, worker),
    ])
    expect(saved).toEqual({ kind: 'saved', tail: [] })
    expect(again.journal.map(({ key }) => key)).toEqual(['s1', 's2', 's3', 'q1', 's4'])
  })

  test('is given separate values each time', async () => {
    const worker = newWorker()
    const taskId = await suspended(worker)
    await store.tasks.resolve(taskId, answerTo('q1', 'Ben'))
    const first = await claimed(taskId, worker)
    const answer = first.journal[3] as unknown as { value: { content: { name: string } } }
    answer.value.content.name = 'changed'
    await first.ledger.handBack({ entries: [], waits: [], dueInMs: 0 })
    const second = await claimed(taskId, worker)
    expect(second.journal).toEqual(await store.tasks.readJournal(taskId))
  })

  test('knows nothing of it any more when it keeps none', async () => {
    const worker = newWorker({ journalCacheBytes: 0 })
    const taskId = await suspended(worker)
    await store.tasks.resolve(taskId, answerTo('q1', 'Ben'))
    expect(await bytesRead(() => claimed(taskId, worker))).toBeGreaterThan(40_000)
  })
})

test('a conversation of many turns is stored once, and read once by a worker that keeps it', async () => {
  const worker = newWorker({ maxInlineBytes: 65_536 })
  const { id, ...draft } = newDraft()
  await store.tasks.create({ id, ...draft })
  const message = (turn: number) => `${turn} ${'x'.repeat(1024)}`
  const turns = 100
  let read = 0
  for (let turn = 1; turn <= turns; turn++) {
    const hands: Claimed[] = []
    read += await bytesRead(async () => hands.push(await claimed(id, worker)))
    const known = hands[0]?.ledger.known ?? 0
    await hands[0]?.ledger.suspend({
      entries: [own(`t${turn}`, known, message(turn))],
      waits: [questionOf(`m${turn}`)],
      dueAt: 9e12,
    })
    await store.tasks.resolve(id, answerTo(`m${turn}`, message(turn)))
  }
  const messages = 2 * turns * 1024
  const stored = (await store.redis.lrange(taskKeys(id).journal, 0, -1)).join('').length
  expect(stored).toBeGreaterThan(messages)
  expect(stored).toBeLessThan(1.5 * messages)
  // Its own half it has written itself.
  expect(read).toBeGreaterThan(messages / 2)
  expect(read).toBeLessThan(messages)
})

describe('when the store went back in time', () => {
  test.each([
    ['lost the newest records', ['s1', 's2', 'q1']],
    ['lost all records', ['q1']],
  ])('and %s, the worker takes what there is', async (_, keys) => {
    const worker = newWorker()
    const taskId = await suspended(worker)
    const { journal } = taskKeys(taskId)
    await store.redis.ltrim(journal, 0, keys.length - 2)
    if (keys.length === 1) await store.redis.del(journal)
    await store.tasks.resolve(taskId, answerTo('q1', 'Ben'))
    const again = await claimed(taskId, worker)
    expect(again.journal.map(({ key }) => key)).toEqual(keys)
    expect(again.args).toEqual({ topic: LARGE })
    expect(again.ledger.known).toBe(keys.length)
    expect(await again.ledger.save({ entries: [own('s9', keys.length)], waits: [] })).toEqual({
      kind: 'saved',
      tail: [],
    })
  })

  test('and a step was done anew, an answer that was sent again does not prove the rest', async () => {
    const worker = newWorker()
    const taskId = await suspended(worker)
    await store.tasks.resolve(taskId, answerTo('q1', 'Ben'))
    const first = await claimed(taskId, worker)
    await first.ledger.suspend({ ...NOTHING, dueAt: 9e12 })

    const { journal } = taskKeys(taskId)
    const newest = await store.redis.rpop(journal)
    await store.redis.rpop(journal)
    await store.redis.rpush(journal, JSON.stringify({ ...own('s3', 2, 'anew'), at: 5 }), newest ?? '')
    await store.tasks.resolve(taskId, answerTo('q2', 'Cleo'))
    const again = await claimed(taskId, worker)
    expect(again.journal).toEqual(await store.tasks.readJournal(taskId))
    expect(again.journal[2]).toMatchObject({ key: 's3', value: 'anew' })
  })
})
