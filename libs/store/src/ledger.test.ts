import { setImmediate as immediate } from 'node:timers/promises'
import type { Claimed, Outcome } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { RedisClaimStore } from './claim-store.ts'
import { claimed as claimedFrom } from './fixtures/claimed.ts'
import { answerTo, NOTHING, newDraft, questionOf, stepDone, timerOf } from './fixtures/drafts.ts'
import { openStore } from './fixtures/open-store.ts'
import { JournalCache } from './journal-cache.ts'
import { JournalCopy } from './journal-copy.ts'
import { taskKeys } from './keys.ts'
import { RedisLedger } from './ledger.ts'

const store = await openStore()
const { tasks, claims, redis } = store
const onRefused = () => {}
const RESULT: Outcome = { kind: 'result', result: { content: [{ type: 'text', text: 'tea' }] } }

const claimed = (taskId: string, worker = 'w1') => claimedFrom(claims, taskId, { worker })
async function running(changed: Parameters<typeof newDraft>[0] = {}): Promise<Claimed & { taskId: string }> {
  const draft = newDraft(changed)
  await tasks.create(draft)
  return { ...(await claimed(draft.id)), taskId: draft.id }
}
const status = async (taskId: string) => (await tasks.read(taskId))?.status
const keysOf = async (taskId: string) => (await tasks.readJournal(taskId)).map(({ key }) => key)
/** Both at once, or one a turn of the event loop ahead of the other. */
async function together<A, B>(round: number, one: () => Promise<A>, other: () => Promise<B>): Promise<[A, B]> {
  const isOneAhead = round % 3 === 1
  const isOtherAhead = round % 3 === 2
  const ones = isOtherAhead ? immediate().then(one) : one()
  const others = isOneAhead ? immediate().then(other) : other()
  return Promise.all([ones, others])
}
/** All that a write could change. */
const snapshot = async (taskId: string) => {
  const { record, journal, waits, due, events, delivery } = taskKeys(taskId)
  return Promise.all([
    redis.hgetall(record),
    redis.lrange(journal, 0, -1),
    redis.hgetall(waits),
    redis.zrange(due, 0, '-1', 'WITHSCORES'),
    redis.xlen(events),
    redis.hgetall(delivery),
  ])
}

describe('a stale token', () => {
  test.each([
    ['save', ({ ledger }: Claimed) => ledger.save({ entries: [stepDone('s2')], waits: [questionOf('q2')] })],
    ['suspend', ({ ledger }: Claimed) => ledger.suspend({ entries: [stepDone('s2')], waits: [], dueAt: 5 })],
    ['finish', ({ ledger }: Claimed) => ledger.finish({ ...NOTHING, outcome: RESULT })],
    ['handBack', ({ ledger }: Claimed) => ledger.handBack({ ...NOTHING, dueInMs: 0 })],
    ['progress', ({ ledger }: Claimed) => ledger.progress({ progress: 7 })],
    ['log', ({ ledger }: Claimed) => ledger.log('info', 'hello')],
    ['renew', ({ runId }: Claimed, taskId: string) => claims.renew([{ taskId, runId }], 99_000)],
  ] as const)('writes nothing by %s', async (verb, write) => {
    const first = await running()
    await store.expireLease(first.taskId)
    await claimed(first.taskId, 'w2')
    const before = await snapshot(first.taskId)
    const answer = await write(first, first.taskId)
    if (verb === 'renew') expect(answer).toEqual([undefined])
    else if (['save', 'suspend', 'finish', 'handBack'].includes(verb)) expect(answer).toEqual({ kind: 'stale' })
    expect(await snapshot(first.taskId)).toEqual(before)
  })

  test.each(['cancelled', 'finished', 'handed back', 'suspended'])(
    'is what a claim is left with that was %s',
    async (how) => {
      const { ledger, taskId } = await running()
      const task = await tasks.read(taskId)
      if (how === 'cancelled' && task) await tasks.cancel(task, 'no')
      if (how === 'finished') await ledger.finish({ ...NOTHING, outcome: RESULT })
      if (how === 'handed back') await ledger.handBack({ ...NOTHING, dueInMs: 0 })
      if (how === 'suspended') await ledger.suspend({ entries: [], waits: [timerOf('t1')], dueAt: 9e12 })
      const before = await snapshot(taskId)
      expect(await ledger.save({ entries: [stepDone('s1')], waits: [] })).toEqual({ kind: 'stale' })
      expect(await snapshot(taskId)).toEqual(before)
    },
  )
})

describe('save', () => {
  test('appends records in order, and opens waits', async () => {
    const { ledger, taskId } = await running()
    expect(
      await ledger.save({ entries: [stepDone('s1'), stepDone('s2')], waits: [questionOf('q1'), timerOf('t1')] }),
    ).toEqual({
      kind: 'saved',
      tail: [],
    })
    expect(ledger.known).toBe(2)
    expect(await tasks.readJournal(taskId)).toEqual([stepDone('s1'), stepDone('s2')])
    expect((await tasks.readWaits(taskId)).toSorted((a, b) => (a.key < b.key ? -1 : 1))).toEqual([
      questionOf('q1'),
      timerOf('t1'),
    ])
  })

  test('gives what others appended meanwhile, once and in order', async () => {
    const { ledger, taskId } = await running()
    await ledger.save({ entries: [stepDone('s1')], waits: [questionOf('q1'), questionOf('q2'), questionOf('q3')] })
    await tasks.resolve(taskId, answerTo('q2', 'Ben'))
    await tasks.resolve(taskId, answerTo('q1', 'Cleo'))
    expect(await ledger.save({ entries: [stepDone('s2')], waits: [] })).toEqual({
      kind: 'saved',
      tail: [answerTo('q2', 'Ben'), answerTo('q1', 'Cleo')],
    })
    expect(ledger.known).toBe(4)
    expect(await ledger.save({ entries: [stepDone('s3')], waits: [] })).toEqual({ kind: 'saved', tail: [] })
    await tasks.resolve(taskId, answerTo('q3', 'Dora'))
    expect(await ledger.save(NOTHING)).toEqual({ kind: 'saved', tail: [answerTo('q3', 'Dora')] })
    expect(await keysOf(taskId)).toEqual(['s1', 'q2', 'q1', 's2', 's3', 'q3'])
    expect(ledger.known).toBe(6)
  })

  test('that is sent again, because its answer was lost, is done once', async () => {
    const { ledger, taskId, token, head } = await running()
    // Two hands of the same claim write as one that sends the same command twice.
    const known = { head: '', args: '', journal: new JournalCopy() }
    const cache = new JournalCache(1e6)
    const again = new RedisLedger(store.connection, store.settings, { taskId, token, head, known, cache, onRefused })
    const write = { entries: [stepDone('s1'), stepDone('s2')], waits: [questionOf('q1'), questionOf('q2')] }
    await ledger.save(write)
    await tasks.resolve(taskId, answerTo('q1', 'Ben'))
    expect(await again.save(write)).toEqual({ kind: 'saved', tail: [answerTo('q1', 'Ben')] })
    expect(await keysOf(taskId)).toEqual(['s1', 's2', 'q1'])
    expect(again.known).toBe(3)
    expect((await tasks.readWaits(taskId)).map(({ key }) => key)).toEqual(['q2'])
    expect(await redis.hget(taskKeys(taskId).record, 'questions')).toBe('1')
    // It does not know in which order the records stand, so the next claim reads them.
    expect(await again.suspend({ ...NOTHING, dueAt: 9e12 })).toEqual({ kind: 'suspended' })
    expect(cache.get(taskId)).toBeUndefined()
  })

  test('that opens a timer and ends it leaves none open, also when it is sent again', async () => {
    const { ledger, taskId, token, head } = await running()
    const known = { head: '', args: '', journal: new JournalCopy() }
    const cache = new JournalCache(1e6)
    const again = new RedisLedger(store.connection, store.settings, { taskId, token, head, known, cache, onRefused })
    const write = { entries: [{ ...stepDone('t1'), kind: 'sleep' } as const], waits: [timerOf('t1'), timerOf('t2')] }
    await ledger.save(write)
    expect(await tasks.readWaits(taskId)).toEqual([timerOf('t2')])
    await again.save(write)
    expect(await tasks.readWaits(taskId)).toEqual([timerOf('t2')])
    expect(await keysOf(taskId)).toEqual(['t1'])
    await again.save({ entries: [{ ...stepDone('t2'), kind: 'sleep' }], waits: [] })
    expect(await tasks.readWaits(taskId)).toEqual([])
  })

  test('into a journal that has lost records is stale, so that the task goes on with what there is', async () => {
    const { ledger, taskId } = await running()
    await ledger.save({ entries: [stepDone('s1'), stepDone('s2')], waits: [] })
    await redis.rpop(taskKeys(taskId).journal)
    expect(await ledger.save({ entries: [stepDone('s3')], waits: [] })).toEqual({ kind: 'stale' })
    expect(await ledger.suspend({ entries: [stepDone('s3')], waits: [], dueAt: 5 })).toEqual({ kind: 'stale' })
    expect(await ledger.finish({ entries: [stepDone('s3')], waits: [], outcome: RESULT })).toEqual({ kind: 'stale' })
    expect(await keysOf(taskId)).toEqual(['s1'])
    expect(await status(taskId)).toBe('working')
  })

  test('keeps text of any kind as it is', async () => {
    const { ledger, taskId } = await running()
    const value = 'é – 漢字 🙂 "quoted" \\ \n \u0000 1e400'
    await ledger.save({ entries: [stepDone('s1', value)], waits: [questionOf('q "1" \\ é')] })
    expect(await tasks.readJournal(taskId)).toEqual([stepDone('s1', value)])
    expect(await store.events(taskId)).toMatchObject([
      { type: 'created' },
      { type: 'claimed' },
      { type: 'asked', keys: ['q "1" \\ é'] },
    ])
    expect(await tasks.resolve(taskId, answerTo('q "1" \\ é', 'Ben'))).toBe('told')
  })
})

test('expire ends a question at its deadline, unless it was answered before', async () => {
  const { ledger, taskId } = await running()
  const [late, quick] = [questionOf('q1', 5), questionOf('q2', 5)]
  await ledger.save({ entries: [], waits: [late, quick] })
  await tasks.resolve(taskId, answerTo('q2', 'Ben'))
  await ledger.expire(late)
  await ledger.expire(quick)
  expect(await ledger.save(NOTHING)).toMatchObject({
    tail: [
      answerTo('q2', 'Ben'),
      { type: 'error', key: 'q1', error: { message: expect.stringContaining('deadline') } },
    ],
  })
  expect(await status(taskId)).toBe('working')
})

describe('the status', () => {
  test('is input_required if and only if a question is open', async () => {
    const { ledger, taskId } = await running()
    await ledger.save({ entries: [], waits: [timerOf('t1')] })
    expect(await status(taskId)).toBe('working')
    await ledger.save({ entries: [], waits: [questionOf('q1'), questionOf('q2')] })
    expect(await status(taskId)).toBe('input_required')
    await tasks.resolve(taskId, stepDone('t1'))
    expect(await status(taskId)).toBe('input_required')
    await tasks.resolve(taskId, answerTo('q1', 'Ben'))
    expect(await status(taskId)).toBe('input_required')
    await tasks.resolve(taskId, answerTo('q2', 'Ben'))
    expect(await status(taskId)).toBe('working')
    await ledger.suspend({ entries: [], waits: [questionOf('q3')], dueAt: 9e12 })
    expect(await status(taskId)).toBe('input_required')
  })

  test('does not mind a question that is asked again by a second run', async () => {
    const first = await running()
    await first.ledger.save({ entries: [], waits: [questionOf('q1')] })
    await store.expireLease(first.taskId)
    const second = await claimed(first.taskId, 'w2')
    await second.ledger.save({ entries: [], waits: [questionOf('q1')] })
    await tasks.resolve(first.taskId, answerTo('q1', 'Ben'))
    expect(await status(first.taskId)).toBe('working')
  })
})

describe('suspend', () => {
  test('ends the activation and is due when it is said to be', async () => {
    const { ledger, taskId } = await running()
    expect(
      await ledger.suspend({ entries: [stepDone('s1')], waits: [timerOf('t1')], dueAt: 1_900_000_000_000 }),
    ).toEqual({
      kind: 'suspended',
    })
    expect(await store.dueAt(taskId)).toBe(1_900_000_000_000)
    expect(await keysOf(taskId)).toEqual(['s1'])
    expect(await redis.hmget(taskKeys(taskId).record, 'run', 'token', 'lease', 'worker')).toEqual([
      'waiting',
      null,
      null,
      null,
    ])
  })

  test('is refused when a wait was resolved meanwhile, and what it wrote stays written', async () => {
    const { ledger, taskId } = await running()
    await ledger.save({ entries: [stepDone('s1')], waits: [questionOf('q1'), questionOf('q2')] })
    await tasks.resolve(taskId, answerTo('q1', 'Ben'))
    expect(await ledger.suspend({ entries: [stepDone('s2')], waits: [timerOf('t1')], dueAt: 9e12 })).toEqual({
      kind: 'resumed',
      tail: [answerTo('q1', 'Ben')],
    })
    expect(await keysOf(taskId)).toEqual(['s1', 'q1', 's2'])
    expect(ledger.known).toBe(3)
    expect(await claims.claim(taskId, { worker: 'w2', leaseMs: 1000 })).toEqual({ kind: 'busy' })
    expect(await ledger.suspend({ ...NOTHING, dueAt: 9e12 })).toEqual({ kind: 'resumed', tail: [] })
    expect(await ledger.suspend({ ...NOTHING, dueAt: 9e12 })).toEqual({ kind: 'suspended' })
  })

  test('and an answer at the same moment never leave the task asleep', async () => {
    const seen = new Set<string>()
    for (let round = 0; round < 100; round++) {
      const { ledger, taskId } = await running()
      await ledger.save({ entries: [], waits: [questionOf('q1')] })
      const [suspended, resolved] = await together(
        round,
        () => ledger.suspend({ ...NOTHING, dueAt: 9e12 }),
        () => store.tasksElsewhere.resolve(taskId, answerTo('q1', 'Ben')),
      )
      seen.add(resolved)
      expect([suspended.kind, resolved]).toEqual(resolved === 'wake' ? ['suspended', 'wake'] : ['resumed', 'told'])
    }
    expect([...seen].sort()).toEqual(['told', 'wake'])
  })
})

describe('finish', () => {
  test.each<[string, Outcome, object]>([
    ['a result', RESULT, { status: 'completed', isError: false }],
    [
      'a result that is an error',
      { kind: 'result', result: { content: [{ type: 'text', text: 'No such page.' }], isError: true } },
      { status: 'completed', isError: true, statusMessage: 'No such page.' },
    ],
    [
      'an error',
      { kind: 'error', error: { message: 'Out of budget.', code: -32000 } },
      { status: 'failed', isError: false, statusMessage: 'Out of budget.' },
    ],
    [
      'a cancellation by the tool itself',
      { kind: 'cancelled', reason: 'The person said stop.' },
      { status: 'cancelled', isError: false, statusMessage: 'The person said stop.' },
    ],
  ])('with %s is kept as it is', async (_what, outcome, shown) => {
    const { ledger, taskId } = await running()
    expect(await ledger.finish({ entries: [stepDone('s1')], waits: [], outcome })).toEqual({ kind: 'finished' })
    expect(await tasks.readOutcome(taskId)).toMatchObject({ ...shown, outcome })
    expect(await keysOf(taskId)).toEqual(['s1'])
  })

  test('closes what is open, and what was said on the way is not the last word', async () => {
    const { ledger, taskId } = await running()
    await ledger.progress({ progress: 1, message: 'reading' })
    await ledger.save({ entries: [], waits: [questionOf('q1'), timerOf('t1')] })
    await store.delivery.claim(taskId, 'q1', { id: 'stream', kind: 'task', isFirst: false })
    await ledger.finish({ ...NOTHING, outcome: RESULT })
    expect(await tasks.readWaits(taskId)).toEqual([])
    expect(await tasks.resolve(taskId, answerTo('q1', 'Ben'))).toBe('not_open')
    expect(await tasks.read(taskId)).not.toHaveProperty('statusMessage')
    expect(await redis.exists(taskKeys(taskId).delivery)).toBe(0)
  })

  test('keeps what a list shows of it short', async () => {
    const { ledger, taskId } = await running()
    const outcome: Outcome = { kind: 'error', error: { message: 'x'.repeat(10_000) } }
    await ledger.progress({ progress: 1, message: 'y'.repeat(10_000) })
    expect(await tasks.read(taskId)).toMatchObject({
      progress: { message: 'y'.repeat(500) },
      statusMessage: 'y'.repeat(500),
    })
    await ledger.finish({ ...NOTHING, outcome })
    const task = await tasks.readOutcome(taskId)
    expect(task).toMatchObject({ outcome, statusMessage: 'x'.repeat(500) })
  })

  test('keeps it as short as a setting says', async () => {
    const draft = newDraft()
    await tasks.create(draft)
    const short = new RedisClaimStore(store.connection, { ...store.settings, maxStatusMessageCharacters: 3 })
    const claim = await short.claim(draft.id, { worker: 'w1', leaseMs: 60_000 })
    if (claim.kind !== 'claimed') throw new Error(`The claim was ${claim.kind}.`)
    await claim.ledger.progress({ progress: 1, message: 'reading' })
    expect(await tasks.read(draft.id)).toMatchObject({ progress: { message: 'rea' }, statusMessage: 'rea' })
    await claim.ledger.finish({ ...NOTHING, outcome: { kind: 'error', error: { message: 'broken' } } })
    expect(await tasks.read(draft.id)).toMatchObject({ statusMessage: 'bro' })
  })

  test('can say more than the outcome does', async () => {
    const { ledger, taskId } = await running()
    await ledger.finish({ ...NOTHING, outcome: RESULT, statusMessage: 'Three pages read.' })
    expect((await tasks.read(taskId))?.statusMessage).toBe('Three pages read.')
  })
})

test('a cancel and a finish at the same moment end in one way, which both are told', async () => {
  const seen = new Set<string>()
  for (let round = 0; round < 200; round++) {
    const { ledger, taskId } = await running()
    const task = await tasks.read(taskId)
    if (!task) throw new Error('unreachable')
    const [finished, cancelled] = await together(
      round,
      () => ledger.finish({ ...NOTHING, outcome: RESULT }),
      () => store.tasksElsewhere.cancel(task, 'no'),
    )
    const ended = await status(taskId)
    seen.add(`${ended}`)
    expect([finished.kind, cancelled]).toEqual(
      ended === 'completed' ? ['finished', 'terminal'] : ['stale', 'cancelled'],
    )
    expect((await store.events(taskId)).filter(({ type }) => type === 'finished')).toHaveLength(1)
  }
  expect([...seen].sort()).toEqual(['cancelled', 'completed'])
})

describe('handBack', () => {
  test('lets any worker go on, and has the task taken up after the time that it names', async () => {
    const { ledger, taskId } = await running()
    const before = await store.now()
    expect(await ledger.handBack({ ...NOTHING, dueInMs: 7000 })).toEqual({ kind: 'handed_back' })
    expect(await store.dueAt(taskId)).toBeGreaterThanOrEqual(before + 7000)
    expect(await store.dueAt(taskId)).toBeLessThanOrEqual((await store.now()) + 7000)
    expect((await store.events(taskId)).at(-1)).toMatchObject({ type: 'handed_back' })
    expect((await claimed(taskId, 'w2')).interrupted).toBe(false)
  })

  test('saves what there is, and opens waits', async () => {
    const { ledger, taskId } = await running()
    await ledger.handBack({ entries: [stepDone('s1')], waits: [questionOf('q1')], dueInMs: 0 })
    expect(await tasks.read(taskId)).toMatchObject({ status: 'input_required' })
    const { journal, waits } = await claimed(taskId, 'w2')
    expect(journal.map(({ key }) => key)).toEqual(['s1'])
    expect(waits.map(({ key }) => key)).toEqual(['q1'])
  })

  test('tells the next claim where the journal does not say that something is in doubt', async () => {
    const { ledger, taskId } = await running()
    await ledger.handBack({ ...NOTHING, dueInMs: 0, isInterrupted: true })
    const next = await claimed(taskId, 'w2')
    expect(next.interrupted).toBe(true)
    await next.ledger.handBack({ ...NOTHING, dueInMs: 0 })
    const third = await claimed(taskId, 'w3')
    expect(third.interrupted).toBe(true)
    await third.ledger.suspend({ entries: [], waits: [timerOf('t1')], dueAt: 0 })
    await tasks.resolve(taskId, stepDone('t1'))
    expect((await claimed(taskId, 'w4')).interrupted).toBe(false)
  })
})

describe('progress', () => {
  test('rises over the whole life of a task, whoever runs it', async () => {
    const first = await running()
    await first.ledger.progress({ progress: 0.5, total: 2, message: 'half' })
    await first.ledger.progress({ progress: 0.5 })
    await first.ledger.progress({ progress: 0.1 })
    await first.ledger.progress({ progress: Number.NaN })
    await first.ledger.progress({ progress: Number.POSITIVE_INFINITY })
    await first.ledger.handBack({ ...NOTHING, dueInMs: 0 })
    const second = await claimed(first.taskId, 'w2')
    await second.ledger.progress({ progress: 0.4 })
    expect(await tasks.read(first.taskId)).toMatchObject({
      progress: { progress: 0.5, total: 2, message: 'half' },
      statusMessage: 'half',
    })
    await second.ledger.progress({ progress: 1e21 })
    expect((await tasks.read(first.taskId))?.progress).toEqual({ progress: 1e21 })
    const told = (await store.events(first.taskId)).filter(({ type }) => type === 'progress')
    expect(told.map(({ progress }) => progress)).toEqual([
      { progress: 0.5, total: 2, message: 'half' },
      { progress: 1e21 },
    ])
  })

  test('does not hide what a person is asked for', async () => {
    const { ledger, taskId } = await running()
    await ledger.save({ entries: [], waits: [questionOf('q1')] })
    await tasks.refuseAnswer(taskId, 'q1', 'It does not fit.')
    await ledger.progress({ progress: 1, message: 'still reading' })
    expect((await tasks.read(taskId))?.statusMessage).toBe('It does not fit.')
  })
})

test('log messages are events of the task', async () => {
  const { ledger, taskId } = await running()
  await ledger.log('warning', { page: 3 }, 'reader')
  await ledger.log('info', undefined)
  expect((await store.events(taskId)).slice(-2)).toEqual([
    { seq: 3, at: expect.any(Number), type: 'log', level: 'warning', data: { page: 3 }, logger: 'reader' },
    { seq: 4, at: expect.any(Number), type: 'log', level: 'info', data: null },
  ])
})

test('events are numbered without gaps, and the task knows its newest', async () => {
  const { ledger, taskId } = await running()
  await ledger.save({ entries: [stepDone('s1')], waits: [questionOf('q1')] })
  await tasks.resolve(taskId, answerTo('q1', 'Ben'))
  await ledger.save(NOTHING)
  await ledger.suspend({ entries: [], waits: [timerOf('t1')], dueAt: 9e12 })
  await tasks.resolve(taskId, stepDone('t1'))
  const { ledger: next } = await claimed(taskId)
  await next.finish({ ...NOTHING, outcome: RESULT })
  const events = await store.events(taskId)
  expect(events.map(({ seq, type, status: shown }) => [seq, type, shown])).toEqual([
    [1, 'created', undefined],
    [2, 'claimed', undefined],
    [3, 'asked', 'input_required'],
    [4, 'resolved', 'working'],
    [5, 'suspended', undefined],
    [6, 'resolved', 'working'],
    [7, 'claimed', undefined],
    [8, 'finished', 'completed'],
  ])
  expect((await tasks.read(taskId))?.seq).toBe(8)
})
