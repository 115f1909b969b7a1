import type { Claimed } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { newRunId } from './claim-store.ts'
import { claimed as claimedFrom } from './fixtures/claimed.ts'
import { answerTo, NOTHING, newDraft, questionOf, stepDone, timerOf } from './fixtures/drafts.ts'
import { openStore } from './fixtures/open-store.ts'
import { taskKeys } from './keys.ts'

const store = await openStore()
const { tasks, claims, redis } = store
const by = (worker: string, leaseMs = 60_000) => ({ worker, leaseMs })

async function created(): Promise<string> {
  const draft = newDraft()
  await tasks.create(draft)
  return draft.id
}
const claimed = (taskId: string, worker = 'w1') => claimedFrom(claims, taskId, by(worker))

describe('claim', () => {
  test('gives head, arguments, journal, waits and progress', async () => {
    const draft = newDraft({ call: { session: 's1', isTask: true, progressToken: 'p' } })
    await tasks.create(draft)
    const first = await claimed(draft.id)
    expect(first).toMatchObject({ head: draft.head, args: draft.args, journal: [], waits: [], interrupted: false })
    expect(first).not.toHaveProperty('progress')
    await first.ledger.save({ entries: [stepDone('s1')], waits: [questionOf('q1')] })
    await first.ledger.progress({ progress: 2, total: 4 })
    await first.ledger.handBack({ ...NOTHING, dueInMs: 0 })
    const second = await claimed(draft.id)
    expect(second).toMatchObject({
      journal: [stepDone('s1')],
      waits: [questionOf('q1')],
      progress: { progress: 2, total: 4 },
      interrupted: false,
    })
    expect(second.ledger.known).toBe(1)
  })

  test('gives every claim a token of its own', async () => {
    const taskId = await created()
    const first = await claimed(taskId)
    await first.ledger.handBack({ ...NOTHING, dueInMs: 0 })
    const second = await claimed(taskId)
    expect(first.token).toMatch(/^1\.[\w-]{12}$/)
    expect(second.token).toMatch(/^2\.[\w-]{12}$/)
  })

  test('is due again when its lease ends', async () => {
    const taskId = await created()
    const before = await store.now()
    await claims.claim(taskId, by('w1', 70_000))
    const after = await store.now()
    expect(await store.dueAt(taskId)).toBeGreaterThanOrEqual(before + 70_000)
    expect(await store.dueAt(taskId)).toBeLessThanOrEqual(after + 70_000)
  })

  test('is busy while another live lease holds the task, whose holder goes on once more', async () => {
    const taskId = await created()
    const { ledger, token } = await claimed(taskId)
    await ledger.save({ entries: [], waits: [questionOf('q1')] })
    expect(await claims.claim(taskId, by('w2'))).toEqual({ kind: 'busy' })
    expect(await redis.hget(taskKeys(taskId).record, 'token')).toBe(token)
    expect(await ledger.suspend({ ...NOTHING, dueAt: 9e12 })).toEqual({ kind: 'resumed', tail: [] })
    expect(await ledger.suspend({ ...NOTHING, dueAt: 9e12 })).toEqual({ kind: 'suspended' })
  })

  test('forgets who was turned away before it', async () => {
    const taskId = await created()
    await claimed(taskId)
    expect(await claims.claim(taskId, by('w2'))).toEqual({ kind: 'busy' })
    await store.expireLease(taskId)
    const { ledger } = await claimed(taskId, 'w2')
    expect(await ledger.suspend({ entries: [], waits: [questionOf('q1')], dueAt: 9e12 })).toEqual({ kind: 'suspended' })
  })

  test('of a task whose lease has run out says that the activation before was interrupted', async () => {
    const taskId = await created()
    const first = await claimed(taskId)
    await store.expireLease(taskId)
    const second = await claimed(taskId, 'w2')
    expect(second.interrupted).toBe(true)
    expect(await first.ledger.save({ entries: [stepDone('s1')], waits: [] })).toEqual({ kind: 'stale' })
    expect(await second.ledger.save({ entries: [stepDone('s1')], waits: [] })).toEqual({ kind: 'saved', tail: [] })
  })

  test('counts the writes that came too late', async () => {
    const taskId = await created()
    const { ledger } = await claimed(taskId)
    await ledger.save({ entries: [stepDone('s1')], waits: [] })
    await store.expireLease(taskId)
    await claimed(taskId, 'w2')
    const before = claims.refusedWrites
    await ledger.save({ entries: [stepDone('s2')], waits: [] })
    await ledger.suspend({ ...NOTHING, dueAt: 5 })
    await ledger.finish({ ...NOTHING, outcome: { kind: 'cancelled', reason: 'late' } })
    expect(claims.refusedWrites - before).toBe(3)
  })

  test('still says so after a worker handed the task back, until an activation ends in order', async () => {
    const taskId = await created()
    await claimed(taskId)
    await store.expireLease(taskId)
    const second = await claimed(taskId, 'w2')
    await second.ledger.handBack({ ...NOTHING, dueInMs: 0 })
    const third = await claimed(taskId, 'w3')
    expect(third.interrupted).toBe(true)
    await third.ledger.suspend({ entries: [], waits: [questionOf('q1')], dueAt: 9e12 })
    await store.tasks.resolve(taskId, answerTo('q1', 'Ben'))
    expect((await claimed(taskId, 'w4')).interrupted).toBe(false)
  })

  test.each(['at once', 'after its lease'])(
    'sent again %s, because its answer was lost, is the same claim',
    async (when) => {
      const taskId = await created()
      const { record, journal, waits, due, events, delivery, dead, values, open } = taskKeys(taskId)
      const claim = () =>
        store.connection.call({
          script: 'claim',
          keys: [
            ...[record, journal, waits, due, events, delivery, dead, values],
            ...[store.connection.pastOf(taskId), open],
          ],
          args: [taskId, 'run1', 'w1', 60_000, '', 1, 1, 0, 0, 0, ''],
        }) as Promise<string[]>
      await claim()
      if (when === 'after its lease') await store.expireLease(taskId)
      const [kind, token, interrupted] = await claim()
      expect([kind, interrupted]).toEqual(['claimed', ''])
      expect(token).toMatch(/\.run1$/)
      expect(await claims.claim(taskId, by('w2'))).toEqual({ kind: 'busy' })
    },
  )

  test('is over for a task that is unknown, waits or has ended', async () => {
    expect(await claims.claim(newDraft().id, by('w1'))).toEqual({ kind: 'over' })
    const taskId = await created()
    const { ledger } = await claimed(taskId)
    await ledger.suspend({ entries: [], waits: [questionOf('q1')], dueAt: 9e12 })
    expect(await claims.claim(taskId, by('w1'))).toEqual({ kind: 'over' })
    const cancelled = await created()
    const task = await tasks.read(cancelled)
    if (task) await tasks.cancel(task, 'no')
    expect(await claims.claim(cancelled, by('w1'))).toEqual({ kind: 'over' })
  })

  test('by many workers at once is given to one', async () => {
    const taskId = await created()
    const answers = await Promise.all(Array.from({ length: 20 }, (_, place) => claims.claim(taskId, by(`w${place}`))))
    expect(answers.map(({ kind }) => kind).sort()).toEqual([...Array(19).fill('busy'), 'claimed'])
  })
})

describe('a task whose workers die', () => {
  const { maxDeaths, aloneAfterDeaths, deadRetentionMs } = store.settings
  const alone = { ...by('w1'), isAlone: true }
  const die = async (taskId: string, times = 1) => {
    for (let time = 0; time < times; time++) {
      expect(await claims.claim(taskId, alone)).toMatchObject({ kind: 'claimed' })
      await store.expireLease(taskId)
    }
  }
  /** Claims it alone, does something with it, and dies. */
  const dieAfter = async (taskId: string, work: (claim: Claimed) => Promise<unknown>) => {
    const claim = await claims.claim(taskId, alone)
    if (claim.kind !== 'claimed') throw new Error(`The claim was ${claim.kind}.`)
    await work(claim)
    await store.expireLease(taskId)
  }

  test('fails after the last death that it may have, and says why', async () => {
    const taskId = await created()
    await die(taskId)
    expect(await tasks.read(taskId)).not.toHaveProperty('deaths')
    await die(taskId, maxDeaths - 1)
    // The last one is known to nobody who has not tried to take it up again.
    expect(await tasks.read(taskId)).toMatchObject({ status: 'working', deaths: maxDeaths - 1 })
    const before = await store.now()
    expect(await claims.claim(taskId, alone)).toEqual({ kind: 'dead', deaths: maxDeaths })
    const message =
      'worker_lost: 5 workers in a row were lost with the task before it had got any further.' +
      ' It may be what ends them: their logs say more. (LONGHAUL_MAX_DEATHS)'
    const task = await tasks.readOutcome(taskId)
    expect(task).toMatchObject({
      status: 'failed',
      statusMessage: message,
      outcome: { kind: 'error', error: { code: -32603, message } },
    })
    expect(task?.removableAt).toBeGreaterThanOrEqual(before + deadRetentionMs)
    expect(await claims.claim(taskId, alone)).toEqual({ kind: 'over' })
  })

  test('is for a claimant only that runs nothing else, which is no death', async () => {
    const taskId = await created()
    for (let death = 0; death < aloneAfterDeaths; death++) {
      await claimed(taskId)
      await store.expireLease(taskId)
    }
    const before = await redis.hgetall(taskKeys(taskId).record)
    expect(await claims.claim(taskId, by('w1'))).toMatchObject({ kind: 'suspect', head: { tool: 'research' } })
    expect(await redis.hgetall(taskKeys(taskId).record)).toEqual(before)
    await die(taskId, maxDeaths - aloneAfterDeaths)
    expect(await claims.claim(taskId, alone)).toMatchObject({ kind: 'dead' })
  })

  test('stays so when it is handed back, which is no death', async () => {
    const taskId = await created()
    await die(taskId, aloneAfterDeaths)
    for (let time = 0; time < maxDeaths; time++)
      await dieAfter(taskId, ({ ledger }) => ledger.handBack({ ...NOTHING, dueInMs: 0 }))
    expect(await claims.claim(taskId, by('w1'))).toMatchObject({ kind: 'suspect', head: { tool: 'research' } })
  })

  test.each<[string, (claim: Claimed) => Promise<unknown>]>([
    ['a record', ({ ledger }) => ledger.save({ entries: [stepDone('s1')], waits: [] })],
    ['a question', ({ ledger }) => ledger.save({ entries: [], waits: [questionOf('q1')] })],
    ['a timer', ({ ledger }) => ledger.save({ entries: [], waits: [timerOf('t1')] })],
  ])('begins anew with %s', async (_what, work) => {
    const taskId = await created()
    await die(taskId, maxDeaths - 1)
    await dieAfter(taskId, work)
    // That death was the first of its row.
    await die(taskId, maxDeaths - 1)
    expect(await claims.claim(taskId, alone)).toMatchObject({ kind: 'dead' })
  })

  test('begins anew with an answer', async () => {
    const taskId = await created()
    await dieAfter(taskId, ({ ledger }) => ledger.save({ entries: [], waits: [questionOf('q1')] }))
    await die(taskId, maxDeaths - 2)
    await dieAfter(taskId, () => tasks.resolve(taskId, answerTo('q1', 'Ben')))
    await die(taskId, maxDeaths - 1)
    expect(await claims.claim(taskId, alone)).toMatchObject({ kind: 'dead' })
  })

  test('begins anew once it could only wait', async () => {
    const taskId = await created()
    await dieAfter(taskId, ({ ledger }) => ledger.save({ entries: [], waits: [questionOf('q1')] }))
    await die(taskId, aloneAfterDeaths)
    const claim = await claims.claim(taskId, alone)
    if (claim.kind !== 'claimed') throw new Error(`The claim was ${claim.kind}.`)
    await claim.ledger.suspend({ ...NOTHING, dueAt: 5 })
    await redis.hset(taskKeys(taskId).record, 'run', 'ready')
    await claimed(taskId)
  })

  test('counts no progress that is only said', async () => {
    const taskId = await created()
    for (let death = 1; death <= maxDeaths; death++)
      await dieAfter(taskId, ({ ledger }) => ledger.progress({ progress: death, message: 'getting there' }))
    expect(await claims.claim(taskId, alone)).toMatchObject({ kind: 'dead' })
  })

  test('is on a list until it is removed', async () => {
    const taskId = await created()
    await die(taskId, maxDeaths)
    await claims.claim(taskId, alone)
    const { dead, record } = taskKeys(taskId)
    expect(await redis.zrange(dead, 0, '-1')).toEqual([taskId])
    await redis.hset(record, 'removable', 1)
    await store.makeDue(taskId)
    expect(await store.due.settle([taskId])).toEqual([{ kind: 'removed', taskId }])
    expect(await redis.exists(dead)).toBe(0)
  })
})

describe('renew', () => {
  test('prolongs leases, and tells which claims are lost and how long the journals of the others are', async () => {
    const [kept, grown, stolen, cancelled, finished] = await Promise.all(Array.from({ length: 5 }, created))
    if (!kept || !grown || !stolen || !cancelled || !finished) throw new Error('unreachable')
    const hands = new Map<string, Claimed>()
    for (const taskId of [kept, grown, stolen, cancelled, finished]) hands.set(taskId, await claimed(taskId))
    await hands.get(grown)?.ledger.save({ entries: [], waits: [questionOf('q1')] })
    await tasks.resolve(grown, stepDone('q1'))
    await store.expireLease(stolen)
    await claimed(stolen, 'w2')
    const task = await tasks.read(cancelled)
    if (task) await tasks.cancel(task, 'no')
    await hands.get(finished)?.ledger.finish({ ...NOTHING, outcome: { kind: 'result', result: { content: [] } } })

    const before = await store.now()
    const renewed = await claims.renew(
      [...hands].map(([taskId, { runId }]) => ({ taskId, runId })),
      90_000,
    )
    expect(renewed).toEqual([0, 1, undefined, undefined, undefined])
    expect(hands.get(grown)?.ledger.known).toBe(0)
    for (const taskId of [kept, grown]) {
      expect(await store.dueAt(taskId)).toBeGreaterThanOrEqual(before + 90_000)
      expect(Number(await redis.hget(taskKeys(taskId).record, 'lease'))).toBe(await store.dueAt(taskId))
    }
    expect(await store.dueAt(stolen)).toBeLessThan(before + 90_000)
  })

  test('of nothing asks nobody', async () => {
    expect(await claims.renew([], 5000)).toEqual([])
  })

  test('keeps a claim whose lease has run out, as long as nobody took the task', async () => {
    const taskId = await created()
    const { runId, ledger } = await claimed(taskId)
    await store.expireLease(taskId)
    expect(await claims.renew([{ taskId, runId }], 60_000)).toEqual([0])
    expect(await claims.claim(taskId, by('w2'))).toEqual({ kind: 'busy' })
    expect(await ledger.save(NOTHING)).toEqual({ kind: 'saved', tail: [] })
  })

  test('keeps a claim of which only the run id is known, from when it is made', async () => {
    const taskId = await created()
    const runId = newRunId()
    expect(await claims.renew([{ taskId, runId }], 60_000)).toEqual([undefined])
    await claims.claim(taskId, { worker: 'w1', leaseMs: 60_000, runId })
    await store.expireLease(taskId)
    expect(await claims.renew([{ taskId, runId }], 60_000)).toEqual([0])
    expect(await claims.claim(taskId, by('w2'))).toEqual({ kind: 'busy' })
    expect(await claims.renew([{ taskId, runId: runId.slice(1) }], 60_000)).toEqual([undefined])
  })
})
