import { type Amounts, type BudgetRequest, type Claimed, NO_AMOUNTS, type Outcome } from '@longhaul/task'
import { startStoreProxy } from '@longhaul/testbed'
import { afterAll, describe, expect, test } from 'vitest'
import { RedisClaimStore } from './claim-store.ts'
import { Connection } from './connection.ts'
import { callOf, NOTHING, questionOf, stepDone, timerOf } from './fixtures/drafts.ts'
import { openEngine } from './fixtures/open-engine.ts'
import { openStore } from './fixtures/open-store.ts'
import { taskKeys } from './keys.ts'

const store = await openStore()
const { submit } = openEngine(store)
const proxy = await startStoreProxy(store.url)
const connection = new Connection({ url: proxy.url, settings: store.settings, whenAway: 'wait' })
const claims = new RedisClaimStore(connection, store.settings)
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
  if (loses !== undefined) proxy.loseAnswer(loses)
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
