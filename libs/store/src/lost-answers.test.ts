import { type Amounts, type BudgetRequest, type Claimed, NO_AMOUNTS, type Outcome, type Saved } from '@longhaul/task'
import { startStoreProxy } from '@longhaul/testbed'
import { afterAll, describe, expect, test } from 'vitest'
import { RedisClaimStore } from './claim-store.ts'
import { Connection } from './connection.ts'
import { Delivery } from './delivery.ts'
import { callOf, NOTHING, questionOf, stepDone, timerOf } from './fixtures/drafts.ts'
import { openEngine } from './fixtures/open-engine.ts'
import { openStore } from './fixtures/open-store.ts'
import { taskKeys } from './keys.ts'
import { RedisTaskStore } from './task-store.ts'

const store = await openStore()
const { submit } = openEngine(store)
const proxy = await startStoreProxy(store.url)
const connection = new Connection({ url: proxy.url, settings: store.settings, whenAway: 'wait' })
const claims = new RedisClaimStore(connection, store.settings)
const tasks = new RedisTaskStore(connection, store.settings)
const delivery = new Delivery(connection, store.settings)
afterAll(async () => {
  await connection.close()
  await proxy.stop()
})

const calls = (toolCalls: number): Amounts => ({ ...NO_AMOUNTS, toolCalls })
const RESULT: Outcome = { kind: 'result', result: { content: [] } }
const DONE = { entries: [stepDone('s1')], waits: [] }
const SETTLING = { ...DONE, settlements: [{ step: 's0', spent: calls(1) }] }
const FAR = Date.UTC(2100, 0)

/** A claim of a task with a budget, in which something is reserved for s0. */
async function claimed() {
  const draft = await submit({ budget: { toolCalls: 3, atLimit: 'ask' } })
  const claim = await claims.claim(draft.id, { worker: 'w', leaseMs: 60_000 })
  if (claim.kind !== 'claimed') throw new Error(`The claim was ${claim.kind}.`)
  await claim.ledger.save({ ...NOTHING, waits: [questionOf('q9')], reservations: [{ step: 's0', most: calls(1) }] })
  return { ...claim, taskId: draft.id, child: callOf({ ...draft, args: {} }, 'c1') }
}
type Claim = Awaited<ReturnType<typeof claimed>>

async function awaitBudget({ ledger }: Claimed) {
  const reservation = { step: 's2', most: calls(9) }
  const saved = await ledger.save({ ...NOTHING, reservations: [reservation] })
  const shortage = saved.kind === 'saved' ? saved.shortages?.[0] : undefined
  if (!shortage) throw new Error('There is room.')
  const wait = { ...timerOf('s2!b1', FAR), kind: 'budget' } as BudgetRequest['wait']
  const question = { method: 'elicitation/create', message: 'More?', requestedSchema: { type: 'object' } } as const
  return ledger.awaitBudget({ reservation, shortage, wait, question })
}

const WRITES: Readonly<Record<string, (claim: Claim) => Promise<unknown>>> = {
  'a record': ({ ledger }) => ledger.save(DONE),
  'a record, a question and a timer': ({ ledger }) =>
    ledger.save({ ...DONE, waits: [questionOf('q1'), timerOf('t1')] }),
  'a reservation': ({ ledger }) => ledger.save({ ...NOTHING, reservations: [{ step: 's1', most: calls(1) }] }),
  'a settlement': ({ ledger }) => ledger.save(SETTLING),
  'a settlement and a reservation for the next attempt': ({ ledger }) =>
    ledger.save({ ...SETTLING, reservations: [{ step: 's0', most: calls(1) }] }),
  'the call of a child': ({ ledger, child }) => ledger.save({ ...DONE, ...child }),
  'a settlement and the call of a child': ({ ledger, child }) => ledger.save({ ...SETTLING, ...child }),
  'a wait for a budget': awaitBudget,
  'the end of a wait': ({ ledger }) => ledger.withdraw(questionOf('q9')),
  progress: ({ ledger }) => ledger.progress({ progress: 3, message: 'on the way' }),
  'a suspension': ({ ledger }) => ledger.suspend({ ...DONE, waits: [timerOf('t1')], dueAt: FAR }),
  'a suspension with the call of a child': ({ ledger, child }) => ledger.suspend({ ...DONE, ...child, dueAt: FAR }),
  'a hand-back': ({ ledger }) => ledger.handBack({ ...DONE, dueInMs: 5 }),
  'the end': ({ ledger }) => ledger.finish({ ...DONE, outcome: RESULT }),
  'the end with a settlement': ({ ledger }) => ledger.finish({ ...SETTLING, outcome: RESULT }),
  'a renewal': ({ taskId, runId }) => claims.renew([{ taskId, runId }], 60_000),
  'a claim that outlives a loss': ({ taskId, token }) => claims.carryOver([{ taskId, token, known: 0 }]),
}

/** What a write came to, and all that is there after it, but for times and names. */
async function outcomeOf(write: (claim: Claim) => Promise<unknown>, loses?: number) {
  const claim = await claimed()
  const { record, journal, waits, below, budget } = taskKeys(claim.taskId)
  const before = proxy.roundTrips
  if (loses !== undefined) void proxy.loseAnswer(loses)
  const answer = await write(claim)
  const roundTrips = proxy.roundTrips - before
  const { redis } = store
  const { status, run, questions, token, message } = await redis.hgetall(record)
  const found = {
    answer,
    ...{ isOwing: claim.ledger.isOwing, known: claim.ledger.known, status, run, questions, message },
    isRunning: token !== undefined,
    journal: (await redis.lrange(journal, 0, -1)).map((text) => text.replace(/"at":\d{6,}/, '"at":0')),
    waits: (await redis.hkeys(waits)).toSorted(),
    children: await redis.scard(below),
    amounts: Object.entries(await redis.hgetall(budget)).filter(([field]) => /^(used|held|waiting|ask)/.test(field)),
    events: (await store.events(claim.taskId)).map(({ type }) => type),
  }
  return { found: JSON.parse(JSON.stringify(found).replaceAll(claim.taskId, 'ID')), roundTrips }
}

describe('a write whose answer is lost, in any of its round trips, is done once and comes to the same:', () => {
  test.each(Object.entries(WRITES))('%s', async (_name, write) => {
    const { found, roundTrips } = await outcomeOf(write)
    expect(roundTrips).toBeGreaterThan(0)
    for (let loses = 0; loses < roundTrips; loses++) expect((await outcomeOf(write, loses)).found).toEqual(found)
  })
})

describe('a call whose answer is lost, and that is sent again after something else has happened:', () => {
  async function sendAgain<T>(call: () => Promise<T>, meanwhile: () => Promise<unknown>): Promise<T> {
    const isLost = proxy.loseAnswer(0, 'freeze')
    const answer = call()
    await isLost
    await meanwhile()
    proxy.thaw()
    return answer
  }
  const by = (id: string, isFirst = false) => ({ id, kind: 'task', isFirst }) as const
  const isPaused = async (taskId: string) => (await store.tasks.read(taskId))?.pausedAt !== undefined

  test('a wait for room in a budget is not opened again that has ended meanwhile', async () => {
    const draft = await submit({ budget: { tokens: 10, atLimit: 'ask' } })
    const claim = await claims.claim(draft.id, { worker: 'w', leaseMs: 60_000 })
    if (claim.kind !== 'claimed') throw new Error(`The claim was ${claim.kind}.`)
    const reservations = ['s0', 's1'].map((step) => ({ step, most: { ...NO_AMOUNTS, tokens: 9 } }))
    const saved = await claim.ledger.save({ ...NOTHING, reservations })
    const shortage = saved.kind === 'saved' ? saved.shortages?.[1] : undefined
    if (!reservations[1] || !shortage) throw new Error('There is room.')
    const wait = { ...timerOf('s1!b1', FAR), kind: 'budget' } as BudgetRequest['wait']
    const request = { reservation: reservations[1], shortage, wait }
    const ended = { ...stepDone('s1!b1'), kind: 'budget' } as const
    const answer = await sendAgain(
      () => claim.ledger.awaitBudget(request),
      () => store.tasks.resolve(draft.id, ended),
    )
    expect(answer).toEqual({ kind: 'waits' })
    expect(await store.redis.hkeys(taskKeys(draft.id).waits)).toEqual([])
    const { tail } = (await claim.ledger.save({ ...NOTHING, waits: [wait] })) as Saved
    expect(tail).toEqual([ended])
    expect(await store.redis.hkeys(taskKeys(draft.id).waits)).toEqual([])
  })

  test('a task is not paused again that was resumed meanwhile, nor resumed that was paused', async () => {
    const { id } = await submit()
    await sendAgain(
      () => tasks.pause(id),
      () => store.tasks.resume(id),
    )
    expect(await isPaused(id)).toBe(false)
    await tasks.pause(id)
    await sendAgain(
      () => tasks.resume(id),
      () => store.tasks.pause(id),
    )
    expect(await isPaused(id)).toBe(true)
  })

  test('a question is shown by the stream that was to show it, as long as no other does', async () => {
    const { taskId } = await claimed()
    const show = () => delivery.claim(taskId, 'q9', by('a'))
    const showFirst = () => delivery.claim(taskId, 'q9', by('a', true))
    const first = await sendAgain(showFirst, () => store.delivery.attend(taskId, 'a', 'task'))
    expect(first).toMatchObject({ attempt: 1 })
    expect(await show()).toBeUndefined()
    await delivery.leave(taskId, 'a')
    const byOther = async () => {
      await store.delivery.leave(taskId, 'a')
      expect(await store.delivery.claim(taskId, 'q9', by('b'))).toMatchObject({ attempt: 3 })
    }
    expect(await sendAgain(show, byOther)).toBeUndefined()
  })

  test.each([
    ['an answer that does not fit', (taskId: string) => tasks.refuseAnswer(taskId, 'q9', 'No tea.')],
    ['a client that has lost a question', (taskId: string) => delivery.lose(taskId, 'q9')],
  ])('%s counts once, and does not have the question shown again once more', async (_what, call) => {
    const { taskId } = await claimed()
    await delivery.claim(taskId, 'q9', by('a'))
    const showAgain = () => store.delivery.claim(taskId, 'q9', by('b'))
    const count = await sendAgain(() => call(taskId), showAgain)
    expect(count).toBe(1)
    expect(await showAgain()).toBeUndefined()
    expect(await call(taskId)).toBe(2)
  })
})
