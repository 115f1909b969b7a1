import { type Amounts, type Budget, type BudgetRequest, type Claimed, NO_AMOUNTS, replayLedger } from '@longhaul/task'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { RedisClaimStore } from './claim-store.ts'
import { callOf, NOTHING, stepDone } from './fixtures/drafts.ts'
import { openEngine, PRINCIPAL, refusal } from './fixtures/open-engine.ts'
import { openStore } from './fixtures/open-store.ts'

const store = await openStore()
const { tasks, redis } = store
const { engine, submit, claim, woken, sweep } = openEngine(store)
beforeEach(() => void woken.splice(0))

const cost = (costUsd: number): Amounts => ({ ...NO_AMOUNTS, nanoUsd: costUsd * 1e9, turns: 1 })
const reserving = (step: string, most: Amounts) => ({ ...NOTHING, reservations: [{ step, most }] })
const settling = (step: string, spent: Amounts) => ({
  entries: [stepDone(step)],
  waits: [],
  settlements: [{ step, spent }],
})
const CAP: Budget = { costUsd: 1, atLimit: 'ask' }
const submitWith = (budget: Partial<Budget> = CAP) => submit({ budget })

async function reserve({ ledger }: Claimed, step: string, most: Amounts) {
  const saved = await ledger.save(reserving(step, most))
  if (saved.kind === 'stale') throw new Error('The claim was lost.')
  return saved.shortages?.[0]
}

/** Waits for the budget as the runtime does. */
async function wait({ ledger }: Claimed, step: string, most: Amounts) {
  const saved = await ledger.save(reserving(step, most))
  const shortage = saved.kind === 'saved' ? saved.shortages?.[0] : undefined
  if (!shortage) throw new Error('There is room.')
  const key = `${step}!b1`
  const request: BudgetRequest = {
    reservation: { step, most },
    shortage,
    wait: { wait: 'timer', key, kind: 'budget', input: '', at: 1, deadline: Date.UTC(2100, 0) },
    ...(!shortage.isPassing && {
      question: { method: 'elicitation/create', message: 'More?', requestedSchema: { type: 'object' } },
    }),
  }
  return (await ledger.awaitBudget(request)).kind
}

/** A root that waits for children, each of them claimed. */
async function family(children: number, budget: Partial<Budget> = CAP) {
  const root = await submitWith(budget)
  const parent = await claim(root.id)
  const accounts = [{ taskId: root.id, budget: { atLimit: 'ask' as const, ...budget }, startedAt: root.head.createdAt }]
  const calls = Array.from({ length: children }, (_, n) => callOf({ ...root, args: {} }, `c${n}`))
  const waits = calls.flatMap((call) => call.waits)
  const drafts = calls.flatMap((call) =>
    call.children.map(({ head, ...rest }) => {
      const { budget: _budget, ...own } = head
      return { ...rest, head: { ...own, lineage: { ...(head.lineage as NonNullable<typeof head.lineage>), accounts } } }
    }),
  )
  await parent.ledger.suspend({ entries: [], waits, children: drafts, dueAt: 9e15 })
  const claimed = await Promise.all(drafts.map(({ id }) => claim(id)))
  return { root, ids: drafts.map(({ id }) => id), claimed }
}

const stateOf = async (taskId: string) => (await tasks.readBudget(taskId)) ?? expect.fail('Nothing was spent.')
const answerBudget = (taskId: string, key: string, limit: number) =>
  engine.answer(PRINCIPAL, {
    taskId,
    key,
    reply: { kind: 'answer', answer: { action: 'accept', content: { limit } } },
  })

describe('a reservation', () => {
  test('holds the most that a call may take, and is settled with what it took, with the record of it', async () => {
    const { id } = await submitWith()
    const claimed = await claim(id)
    expect(await reserve(claimed, 'm1', cost(0.4))).toBeUndefined()
    expect(await stateOf(id)).toMatchObject({ used: NO_AMOUNTS, held: cost(0.4) })
    await claimed.ledger.save(settling('m1', cost(0.1)))
    const { used, held, ledger } = await stateOf(id)
    expect({ used, held }).toEqual({ used: cost(0.1), held: NO_AMOUNTS })
    expect(ledger).toMatchObject([
      { kind: 'reserve', task: id, step: 'm1', ...cost(0.4) },
      { kind: 'settle', task: id, step: 'm1', ...cost(0.1) },
    ])
    expect(replayLedger(CAP, ledger)).toMatchObject({ problems: [], used: cost(0.1), highest: cost(0.4) })
  })

  test('is replaced when the call is made again', async () => {
    const { id } = await submitWith()
    await reserve(await claim(id), 'm1', cost(0.6))
    await store.expireLease(id)
    const again = await claim(id)
    expect(await reserve(again, 'm1', cost(0.7))).toBeUndefined()
    expect(await stateOf(id)).toMatchObject({ held: cost(0.7) })
    await again.ledger.save(settling('m1', cost(0.2)))
    const { used, held, ledger } = await stateOf(id)
    expect({ used, held }).toEqual({ used: cost(0.2), held: NO_AMOUNTS })
    expect(replayLedger(CAP, ledger).problems).toEqual([])
  })

  test('is refused where there is no room, and says what is missing', async () => {
    const { id } = await submitWith({ ...CAP, turns: 2 })
    const claimed = await claim(id)
    await reserve(claimed, 'm1', cost(0.7))
    expect(await reserve(claimed, 'm2', cost(0.5))).toMatchObject({
      ...{ limit: 'costUsd', cap: 1, used: 0, held: 0.7, needed: 0.5, isPassing: true, ask: 1, isDeclined: false },
      account: { taskId: id },
    })
    expect(await reserve(claimed, 'm2', cost(1.01))).toMatchObject({ isPassing: false })
    await reserve(claimed, 'm2', cost(0.3))
    // What is begun is a turn whatever it takes.
    expect(await reserve(claimed, 'm3', cost(0))).toMatchObject({ limit: 'turns', cap: 2, isPassing: false })
  })

  test('of a claim that is lost is none, and a settlement that comes twice counts once', async () => {
    const { id } = await submitWith()
    const old = await claim(id)
    await reserve(old, 'm1', cost(0.5))
    await store.expireLease(id)
    const again = await claim(id)
    expect(await old.ledger.save(reserving('m2', cost(0.1)))).toEqual({ kind: 'stale' })
    await again.ledger.save(settling('m1', cost(0.2)))
    await again.ledger.save({ ...NOTHING, settlements: [{ step: 'm1', spent: cost(0.2) }] })
    expect(await stateOf(id)).toMatchObject({ used: cost(0.2), held: NO_AMOUNTS })
  })

  test('needs room in the budget of its task and in those above', async () => {
    const { root, claimed, ids } = await family(1, { costUsd: 1 })
    const [child] = claimed
    if (!child) return expect.fail()
    const own = { ...child, head: { ...child.head, budget: { costUsd: 0.5, atLimit: 'end' as const } } }
    await redis.hset(`{lh:${root.id.slice(0, 2)}}:task:${ids[0]}`, 'head', JSON.stringify(own.head))
    await child.ledger.handBack({ ...NOTHING, dueInMs: 0 })
    const again = await claimAfresh(ids[0] ?? '')
    expect(await reserve(again, 'm1', cost(0.6))).toMatchObject({ account: { taskId: ids[0] }, cap: 0.5 })
    await reserve(again, 'm1', cost(0.4))
    expect(await stateOf(root.id)).toMatchObject({ held: cost(0.4) })
    expect(await stateOf(ids[0] ?? '')).toMatchObject({ held: cost(0.4) })
  })

  test('after the wall time is refused, people not counted', async () => {
    const { id } = await submitWith({ wallTimeMs: 1000 })
    const claimed = await claim(id)
    expect(await reserve(claimed, 'm1', cost(1))).toBeUndefined()
    const key = `{lh:${id.slice(0, 2)}}:task:${id}`
    const { createdAt } = claimed.head
    // Its clock stands, after 999 ms of work.
    await redis.hset(key, 'asked', createdAt, 'waited', -999)
    expect(await reserve(claimed, 'm2', cost(1))).toBeUndefined()
    await redis.hset(key, 'waited', -1000)
    expect(await reserve(claimed, 'm3', cost(1))).toMatchObject({ limit: 'wallTimeMs', cap: 1000, used: 1000 })
    await redis.hdel(key, 'asked', 'waited')
  })
})

/** By another process, which is told everything. */
async function claimAfresh(taskId: string): Promise<Claimed> {
  const claimed = await new RedisClaimStore(store.connection, store.settings).claim(taskId, {
    worker: 'w2',
    leaseMs: 60_000,
  })
  return claimed.kind === 'claimed' ? claimed : expect.fail(claimed.kind)
}

describe('the end of a task', () => {
  test.each(['finished', 'cancelled', 'timed out'])('%s releases all that it holds', async (how) => {
    const { root, ids, claimed } = await family(2)
    const [one, two] = claimed
    if (!one || !two) return expect.fail()
    await reserve(one, 'm1', cost(0.3))
    await reserve(one, 't1', { ...NO_AMOUNTS, toolCalls: 1 })
    await reserve(two, 'm1', cost(0.2))
    if (how === 'finished') {
      await one.ledger.finish({ ...NOTHING, outcome: { kind: 'result', result: { content: [] } } })
      expect(one.ledger.isOwing).toBe(true)
      // The worker dies before it has told anybody.
      await sweep()
    } else if (how === 'cancelled') await engine.cancel(PRINCIPAL, ids[0] ?? '')
    else {
      await redis.hset(`{lh:${root.id.slice(0, 2)}}:task:${ids[0]}`, 'timeout', 1, 'ends', 1)
      await store.makeDue(ids[0] ?? '')
      await sweep()
      await sweep()
    }
    const { used, held, ledger } = await stateOf(root.id)
    expect(held).toEqual(cost(0.2))
    // What it had begun counts as begun.
    expect(used).toEqual({ ...NO_AMOUNTS, turns: 1, toolCalls: 1 })
    await engine.cancel(PRINCIPAL, root.id)
    expect(await stateOf(root.id)).toMatchObject({ held: NO_AMOUNTS })
    expect(replayLedger(CAP, (await stateOf(root.id)).ledger)).toMatchObject({ problems: [], held: new Map() })
    expect(ledger.at(-1)).toMatchObject({ kind: 'release' })
  })

  test('lets go of what a worker that comes late would settle, and its ledger goes with its root', async () => {
    const { id } = await submitWith()
    const claimed = await claim(id)
    await reserve(claimed, 'm1', cost(0.3))
    await engine.cancel(PRINCIPAL, id)
    expect(await claimed.ledger.save(settling('m1', cost(0.3)))).toEqual({ kind: 'stale' })
    expect(await redis.exists(`{lh:${id.slice(0, 2)}}:spent:${id}`)).toBe(1)
    await redis.hset(`{lh:${id.slice(0, 2)}}:task:${id}`, 'removable', 1)
    await store.makeDue(id)
    await sweep()
    expect(await redis.keys('*:s*t:*')).toEqual([])
  })
})

describe('who finds no room since others hold it', () => {
  test('waits without a question, and goes on when they need less', async () => {
    const { ids, claimed, root } = await family(3)
    const [one, two, three] = claimed
    if (!one || !two || !three) return expect.fail()
    await reserve(one, 'm1', cost(0.9))
    expect(await wait(two, 'm1', cost(0.5))).toBe('waits')
    // Whoever came first has room first, by the millisecond.
    const secondAt = Date.now()
    await expect.poll(() => Date.now(), { interval: 1 }).toBeGreaterThan(secondAt)
    expect(await wait(three, 'm1', cost(0.6))).toBe('waits')
    expect(await two.ledger.suspend({ ...NOTHING, dueAt: 9e15 })).toEqual({ kind: 'suspended' })
    expect((await engine.inspect(PRINCIPAL, root.id)).status).toBe('working')
    const saved = await one.ledger.save(settling('m1', cost(0.1)))
    // For the third there is no room beside the second.
    expect(saved).toMatchObject({ woken: [{ taskId: ids[1] }] })
    const again = await claim(ids[1] ?? '')
    expect(again.journal).toMatchObject([{ key: 'm1!b1', value: { isOver: true } }])
    expect(await reserve(again, 'm1', cost(0.5))).toBeUndefined()
    expect(await again.ledger.save(settling('m1', cost(0.3)))).toMatchObject({ woken: [] })
    // The third runs, and has been told.
    expect(await three.ledger.save(NOTHING)).toMatchObject({ tail: [{ key: 'm1!b1' }] })
    expect(await reserve(three, 'm1', cost(0.6))).toBeUndefined()
  })

  test.each(['suspend', 'finish', 'handBack'] as const)(
    'is woken with the write that lets go of what another held, also where that is %s',
    async (how) => {
      const { claimed, ids } = await family(2)
      const [a, b] = claimed as [Claimed, Claimed]
      expect(await reserve(a, 'm1', cost(0.6))).toBeUndefined()
      expect(await wait(b, 'm1', cost(0.5))).toBe('waits')
      await b.ledger.suspend({ ...NOTHING, dueAt: 9e15 })
      const write = settling('m1', cost(0.1))
      const end = {
        suspend: () => a.ledger.suspend({ ...write, dueAt: 9e15 }),
        finish: () => a.ledger.finish({ ...write, outcome: { kind: 'cancelled', reason: '' } }),
        handBack: () => a.ledger.handBack({ ...write, dueInMs: 0 }),
      }
      expect(await end[how]()).toMatchObject({ woken: [{ taskId: ids[1] }] })
    },
  )

  test('goes on when the one that holds it ends', async () => {
    const { ids, claimed } = await family(2)
    const [one, two] = claimed
    if (!one || !two) return expect.fail()
    await reserve(one, 'm1', cost(0.9))
    expect(await wait(two, 'm1', cost(0.5))).toBe('waits')
    await two.ledger.suspend({ ...NOTHING, dueAt: 9e15 })
    woken.length = 0
    await engine.cancel(PRINCIPAL, ids[0] ?? '')
    expect(woken).toContain(ids[1])
    expect(await reserve(await claim(ids[1] ?? ''), 'm1', cost(0.5))).toBeUndefined()
  })

  test('is given the room that there is by the time it waits', async () => {
    const { claimed } = await family(2)
    const [one, two] = claimed
    if (!one || !two) return expect.fail()
    await reserve(one, 'm1', cost(0.9))
    const shortage = await reserve(two, 'm1', cost(0.5))
    await one.ledger.save(settling('m1', cost(0.1)))
    const waiting = { wait: 'timer', key: 'm1!b1', kind: 'budget', input: '', at: 1, deadline: 9e12 } as const
    const request = { reservation: { step: 'm1', most: cost(0.5) }, shortage: shortage as never, wait: waiting }
    expect(await two.ledger.awaitBudget(request)).toEqual({ kind: 'reserved' })
  })
})

describe('at the limit', () => {
  test('the tree asks once, in all tasks that wait for the answer, and goes on when it is raised', async () => {
    const { root, ids, claimed } = await family(3)
    for (const child of claimed) {
      expect(await wait(child, 'm1', cost(1.5))).toBe('waits')
      await child.ledger.suspend({ ...NOTHING, dueAt: 9e15 })
    }
    for (const id of [root.id, ...ids]) {
      const task = await engine.inspect(PRINCIPAL, id)
      expect(task.status).toBe('input_required')
      expect((await engine.openQuestions(task)).map(({ wait }) => wait.key)).toEqual(['budget!1'])
    }
    expect((await store.events(root.id)).filter(({ type }) => type === 'asked')).toHaveLength(1)
    woken.length = 0
    await answerBudget(root.id, 'budget!1', 5)
    expect(woken.toSorted()).toEqual(ids.toSorted())
    expect((await engine.inspect(PRINCIPAL, root.id)).status).toBe('working')
    for (const id of ids) {
      expect((await engine.inspect(PRINCIPAL, id)).status).toBe('working')
      expect(await reserve(await claim(id), 'm1', cost(1.5))).toBeUndefined()
    }
    const { ledger } = await stateOf(root.id)
    expect(ledger.map(({ kind }) => kind)).toEqual(['raise', 'reserve', 'reserve', 'reserve'])
    expect(replayLedger(CAP, ledger).problems).toEqual([])
    expect(await refusal(answerBudget(root.id, 'budget!1', 9))).toMatchObject({ code: 'question_not_open' })
  })

  test('what does not suffice is asked anew, and whoever declines is not asked again', async () => {
    const { id } = await submitWith()
    const claimed = await claim(id)
    expect(await wait(claimed, 'm1', cost(1.5))).toBe('waits')
    await answerBudget(id, 'budget!1', 1.2)
    expect(await claimed.ledger.save(NOTHING)).toMatchObject({ tail: [{ key: 'm1!b1' }] })
    expect(await reserve(claimed, 'm1', cost(1.5))).toMatchObject({ cap: 1.2, ask: 2 })
    expect(await wait(claimed, 'm1', cost(1.5))).toBe('waits')
    const reply = { kind: 'answer', answer: { action: 'decline' } } as const
    await engine.answer(PRINCIPAL, { taskId: id, key: 'budget!2', reply })
    expect(await reserve(claimed, 'm1', cost(1.5))).toMatchObject({ isDeclined: true })
    expect(await wait(claimed, 'm1', cost(1.5))).toBe('again')
    expect((await engine.inspect(PRINCIPAL, id)).status).toBe('working')
  })

  test('the question goes when the last task that waits for it ends; while others wait it is asked anew', async () => {
    const { root, ids, claimed } = await family(2)
    for (const child of claimed) {
      await wait(child, 'm1', cost(1.5))
      await child.ledger.suspend({ ...NOTHING, dueAt: 9e15 })
    }
    woken.length = 0
    await engine.cancel(PRINCIPAL, ids[0] ?? '')
    expect(woken).toContain(ids[1])
    expect((await engine.inspect(PRINCIPAL, root.id)).status).toBe('working')
    expect(await wait(await claim(ids[1] ?? ''), 'm1', cost(1.5))).toBe('waits')
    const shown = await engine.openQuestions(await engine.inspect(PRINCIPAL, root.id))
    expect(shown.map(({ wait }) => wait.key)).toEqual(['budget!2'])
    await engine.cancel(PRINCIPAL, ids[1] ?? '')
    expect((await engine.inspect(PRINCIPAL, root.id)).status).toBe('working')
  })
})

describe('a look at a task', () => {
  const daily = openEngine(store, { dailyBudgets: [{ name: 'anna', tokens: 100 }] })
  const [tree, day] = [
    { of: 'tree', atLimit: 'ask' },
    { of: 'day', day: new Date().toISOString().slice(0, 10) },
  ]

  test('finds no budget where there is none', async () => {
    expect(await engine.readStandings(await submit())).toEqual([])
  })

  test("shows all that it is under, raised limits and the owner's day too", async () => {
    const { root, ids, claimed } = await family(1, { ...CAP, turns: 1, wallTimeMs: 60_000 })
    const [childId = '', child] = [ids[0], claimed[0]]
    if (!child) return expect.fail('There is no child.')
    await reserve(child, 'm1', cost(0.4))
    await child.ledger.save(settling('m1', cost(0.25)))
    await wait(child, 'm2', cost(0.1))
    const [ofChild] = await engine.readStandings(await engine.inspect(PRINCIPAL, childId))
    expect(ofChild).toEqual({
      ...{ ...tree, taskId: root.id, raise: 'asked' },
      limits: {
        costUsd: { used: 0.25, held: 0, cap: 1 },
        turns: { used: 1, held: 0, cap: 1 },
        wallTimeMs: { used: expect.any(Number), held: 0, cap: 60_000 },
      },
    })
    await tasks.closeAsk({ account: root.id, ask: 1, limit: 'turns' }, { kind: 'raise', to: 3 })
    await reserve(child, 'm2', cost(0.1))
    const shown = await daily.engine.readStandings(await engine.inspect(PRINCIPAL, root.id))
    const limits = { costUsd: { used: 0.25, held: 0.1, cap: 1 }, turns: { used: 1, held: 1, cap: 3 } }
    expect(shown).toMatchObject([
      { ...tree, taskId: root.id, limits },
      { ...day, limits: { tokens: { used: 0, held: 0, cap: 100 } } },
    ])
    expect(shown[0]).not.toHaveProperty('raise')
    await engine.cancel(PRINCIPAL, root.id)
    const [ended] = await engine.readStandings(await engine.inspect(PRINCIPAL, root.id))
    expect(ended?.limits).toEqual({ costUsd: { used: 0.25, held: 0, cap: 1 }, turns: { used: 2, held: 0, cap: 3 } })
  })

  test('finds that a retry has its budget anew, while what is spent stays counted in the day', async () => {
    const claims = new RedisClaimStore(store.connection, {
      ...store.settings,
      dailyBudgets: [{ name: 'anna', tokens: 100 }],
    })
    const { id } = await daily.submit({ budget: { tokens: 60, atLimit: 'end' } })
    const claimed = await claims.claim(id, { worker: 'w1', leaseMs: 60_000 })
    if (claimed.kind !== 'claimed') return expect.fail(claimed.kind)
    const tokens = { ...NO_AMOUNTS, tokens: 60 }
    await reserve(claimed, 'm1', tokens)
    await claimed.ledger.save(settling('m1', tokens))
    await claimed.ledger.finish({
      ...NOTHING,
      outcome: { kind: 'error', error: { message: 'The budget is used up.' } },
    })
    const again = await daily.engine.retry(PRINCIPAL, id)
    expect(await daily.engine.readStandings(again)).toEqual([
      { of: 'tree', atLimit: 'end', taskId: again.id, limits: { tokens: { used: 0, held: 0, cap: 60 } } },
      { ...day, limits: { tokens: { used: 60, held: 0, cap: 100 } } },
    ])
    // Of a process that knows of no budget for the day.
    await reserve(await claim(again.id), 'm2', { ...NO_AMOUNTS, tokens: 1 })
    const known = await engine.readStandings(await engine.inspect(PRINCIPAL, again.id))
    expect(known[1]).toEqual({ ...day, limits: { tokens: { used: 60, held: 0 } } })
    await redis.del(...(await redis.keys('*:daily:*')))
  })
})

describe('the budget of a day', () => {
  afterEach(() => vi.useRealTimers())
  const daily = openEngine(store, { dailyBudgets: [{ name: 'anna', tokens: 100 }] })
  const tokens = (count: number): Amounts => ({ ...NO_AMOUNTS, tokens: count })
  const claims = new RedisClaimStore(store.connection, {
    ...store.settings,
    dailyBudgets: [{ name: 'anna', tokens: 100 }],
  })
  const claimDaily = async (taskId: string) => {
    const claimed = await claims.claim(taskId, { worker: 'w1', leaseMs: 60_000 })
    return claimed.kind === 'claimed' ? claimed : expect.fail(claimed.kind)
  }

  test('is one for all tasks of an owner, and begins anew with the next day', async () => {
    const [one, two] = [await daily.submit(), await daily.submit({ budget: CAP })]
    const [first, second] = [await claimDaily(one.id), await claimDaily(two.id)]
    expect(await reserve(first, 'm1', tokens(70))).toBeUndefined()
    expect(await reserve(second, 'm1', tokens(40))).toMatchObject({ limit: 'tokens', cap: 100, isPassing: true })
    await first.ledger.save(settling('m1', tokens(65)))
    const full = await reserve(second, 'm1', tokens(40))
    expect(full).toMatchObject({ used: 65, isPassing: false })
    expect(full?.account).toBeUndefined()
    expect(await reserve(first, 'm2', tokens(35))).toBeUndefined()
    vi.useFakeTimers({ now: Date.now() + 24 * 3600_000, toFake: ['Date'] })
    expect(await reserve(second, 'm1', tokens(100))).toBeUndefined()
    // What was reserved yesterday is of yesterday.
    await first.ledger.save(settling('m2', tokens(35)))
    expect(await reserve(first, 'm3', tokens(1))).toMatchObject({ used: 0, held: 100 })
    const [key] = await redis.keys('*:daily:*')
    const used = Object.entries(await redis.hgetall(key ?? '')).filter(([field]) => field.startsWith('used:tokens'))
    expect(used.map(([, value]) => value).toSorted()).toEqual(['0', '100'])
    await daily.engine.cancel(PRINCIPAL, two.id)
    expect(await reserve(first, 'm3', tokens(1))).toBeUndefined()
  })
  test('is let go of when a task ends, whoever ends it, for others that wait for it', async () => {
    const [one, two] = [await daily.submit(), await daily.submit()]
    const [first, second] = [await claimDaily(one.id), await claimDaily(two.id)]
    await reserve(first, 'm1', tokens(70))
    expect(await wait(second, 'm1', tokens(40))).toBe('waits')
    await second.ledger.suspend({ ...NOTHING, dueAt: 9e15 })
    // Of a process that knows of no budget for the day.
    await engine.cancel(PRINCIPAL, one.id)
    expect(woken).toContain(two.id)
    const again = await claimDaily(two.id)
    expect(await reserve(again, 'm1', tokens(100))).toBeUndefined()
  })

  test('keeps what was used on its last day and the one before, and nothing of earlier days', async () => {
    const { id } = await daily.submit()
    const claimed = await claimDaily(id)
    const begin = Date.now()
    for (const day of [0, 1, 2, 3, 5]) {
      vi.useFakeTimers({ now: begin + day * 24 * 3600_000, toFake: ['Date'] })
      await reserve(claimed, `m${day}`, tokens(60))
      await claimed.ledger.save(settling(`m${day}`, tokens(60)))
    }
    // Of a process whose clock is behind.
    vi.useFakeTimers({ now: begin + 3 * 24 * 3600_000, toFake: ['Date'] })
    expect(await reserve(claimed, 'late', tokens(50))).toMatchObject({ used: 60 })
    const [key] = await redis.keys('*:daily:*')
    const fields = Object.keys(await redis.hgetall(key ?? '')).filter((field) => field.startsWith('used:tokens:'))
    const kept = [3, 5].map((day) => new Date(begin + day * 24 * 3600_000).toISOString().slice(0, 10))
    expect(fields.toSorted()).toEqual(kept.map((day) => `used:tokens:${day}`))
  })
})
