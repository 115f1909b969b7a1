import { needs, startRedis, type TestRedis } from '@longhaul/testbed'
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { RedisClaimStore } from './claim-store.ts'
import { Connection } from './connection.ts'
import { Continuity, describeLoss, type Loss } from './continuity.ts'
import { NOTHING, newDraft, stepDone, testSettings } from './fixtures/drafts.ts'
import { taskKeys } from './keys.ts'
import { RedisTaskStore } from './task-store.ts'

const settings = testSettings()
const canRun = needs('redis-server', 'continuity.test.ts')

let redis: TestRedis
beforeEach(async () => {
  if (canRun) redis = await startRedis()
})
afterEach(() => redis?.stop())

/** What a process does to know whether the store still has what it had. */
function open({ isSynced = false, witnessWithinMs = 200 } = {}) {
  const connection = new Connection({ url: redis.url, settings, whenAway: 'wait' })
  const losses: Loss[] = []
  const rises: number[] = []
  const continuity = new Continuity({
    connection,
    isSynced,
    witnessWithinMs,
    onLoss: (loss) => losses.push(loss),
    onNewIncarnation: (soundAt) => rises.push(soundAt),
  })
  onTestFinished(() => connection.close())
  return {
    continuity,
    losses,
    rises,
    connection,
    tasks: new RedisTaskStore(connection, settings),
    claims: new RedisClaimStore(connection, settings),
    /** As a process that was killed. */
    die: () => connection.close(),
  }
}
type Process = ReturnType<typeof open>

const save = () => redis.client.save()
/** Back to the last `save()`. */
const goBack = async () => {
  await redis.kill('SIGKILL')
  await redis.start()
}
const incarnation = async () => Number(await redis.client.hget('lh:past', 'incarnation'))
/** The time that the only living process has left there. */
const beatAt = async () => Number((await redis.client.zrange('lh:alive', '0', '0', 'WITHSCORES'))[1])
const claimBy = async ({ claims }: Process, taskId: string) => {
  const claimed = await claims.claim(taskId, { worker: 'w', leaseMs: 60_000 })
  if (claimed.kind !== 'claimed') throw new Error(`The claim was ${claimed.kind}.`)
  return claimed
}

describe.runIf(canRun)('a store that went back in time', () => {
  test('is noticed by every process whose beat it lost, and is in a new incarnation once', async () => {
    const [a, b, c] = [open(), open(), open()]
    await c.continuity.beat()
    await save()
    for (const { continuity } of [a, b]) await continuity.beat()
    await goBack()
    for (const { continuity } of [a, b, c]) await continuity.beat()
    expect(await incarnation()).toBe(1)
    expect(a.losses).toMatchObject([{ incarnation: 1 }])
    expect(b.losses).toHaveLength(1)
    expect(c.losses).toEqual([])
    expect([a.rises.length, b.rises.length, c.rises.length]).toEqual([1, 1, 1])
    expect(a.continuity.loss).toBe(a.losses[0])
    for (const { continuity } of [a, b, c]) await continuity.beat()
    expect([a.losses.length, b.losses.length, await incarnation()]).toEqual([1, 1, 1])
  })

  test('is told by how much, and when', async () => {
    const process = open()
    await process.continuity.beat()
    const before = await beatAt()
    await save()
    await expect
      .poll(async () => {
        await process.continuity.beat()
        return (await beatAt()) - before
      })
      .toBeGreaterThan(50)
    await goBack()
    await process.continuity.beat()
    const [loss] = process.losses
    expect(loss?.lostMs).toBeGreaterThan(50)
    expect(loss?.noticedAt).toBeGreaterThan(Date.now() - 60_000)
    expect(describeLoss({ noticedAt: 1, lostMs: 1234, incarnation: 3 })).toContain('lost 1.2 s of what')
    expect(describeLoss({ noticedAt: 1, incarnation: 3 })).toContain('lost an unknown time of what')
  })

  test('is noticed by itself soon after the connection is back', async () => {
    const process = open()
    await process.continuity.beat()
    await save()
    process.continuity.start()
    await expect.poll(async () => Number(await redis.client.zcard('lh:alive'))).toBe(1)
    await process.continuity.beat()
    await goBack()
    await expect.poll(() => process.losses.length, { timeout: 5000 }).toBe(1)
    await process.continuity.stop()
    expect(await redis.client.zcard('lh:alive')).toBe(0)
  })

  test('enters a higher incarnation than any that was known', async () => {
    const process = open()
    await save()
    await process.continuity.beat()
    await redis.client.hset('lh:past', 'incarnation', 6)
    await process.continuity.beat()
    await goBack()
    await process.continuity.beat()
    expect(await incarnation()).toBe(7)
  })

  test('is one that was emptied', async () => {
    const process = open()
    await process.continuity.beat()
    await redis.client.flushall()
    await process.continuity.beat()
    expect(process.losses).toEqual([{ noticedAt: expect.any(Number), incarnation: 1 }])
  })
})

describe.runIf(canRun)('nothing is lost', () => {
  test('by a restart that kept everything, nor by losing the answer to a beat', async () => {
    const [a, b] = [open(), open()]
    for (const { continuity } of [a, b]) await continuity.beat()
    await save()
    await goBack()
    for (const { continuity } of [a, b]) await continuity.beat()
    await a.continuity.beat()
    expect([a.losses, b.losses, a.rises, await incarnation()]).toEqual([[], [], [], 0])
  })

  test('by a restart after which one that starts anew is there before those that lived through it', async () => {
    const witness = open()
    await witness.continuity.beat()
    await save()
    await goBack()
    const young = open({ witnessWithinMs: 60_000 })
    const beating = young.continuity.beat()
    // What it asks after that is answered after that.
    await young.connection.isReady()
    await witness.continuity.beat({ isBack: true })
    await beating
    expect([witness.losses, witness.rises, young.losses, await incarnation()]).toEqual([[], [], [], 0])
  })

  test('by a process that was silent for so long that others forgot it', async () => {
    const [silent, other] = [open(), open()]
    await silent.continuity.beat()
    const [id = ''] = await redis.client.zrange('lh:alive', '0', '0')
    await other.continuity.beat()
    // A minute passes.
    await redis.client.zrem('lh:alive', id)
    const [alive = ''] = await redis.client.zrange('lh:alive', '0', '0')
    await redis.client.zadd('lh:alive', Date.now() + 61_000, alive)
    await silent.continuity.beat()
    expect([silent.losses, await incarnation()]).toEqual([[], 0])
  })
})

describe.runIf(canRun)('a store that was restarted while nobody lived through it', () => {
  const afterRestart = async (process: Process, end: (process: Process) => Promise<void>) => {
    await process.continuity.beat()
    await end(process)
    await save()
    await goBack()
  }

  test('may have lost something when those who knew it were killed with it, and is noticed once', async () => {
    await afterRestart(open(), (process) => process.die())
    const [first, second] = [open(), open()]
    for (const { continuity } of [first, second]) await continuity.beat()
    expect(first.losses).toEqual([{ noticedAt: expect.any(Number), incarnation: 1 }])
    expect([second.losses, await incarnation()]).toEqual([[], 1])
  })

  test('has lost nothing more at the next restart, when only those who died with the one before are missing', async () => {
    await afterRestart(open(), (process) => process.die())
    await afterRestart(open(), ({ continuity }) => continuity.stop())
    const next = open()
    await next.continuity.beat()
    expect([next.losses, await incarnation()]).toEqual([[], 1])
  })

  test('has lost nothing when they had left in order, or when it syncs each write', async () => {
    await afterRestart(open(), ({ continuity }) => continuity.stop())
    const next = open()
    await afterRestart(next, (process) => process.die())
    const synced = open({ isSynced: true })
    await synced.continuity.beat()
    expect([next.losses, synced.losses, await incarnation()]).toEqual([[], [], 0])
  })
})

describe.runIf(canRun)('a task', () => {
  test('that was there before the store lost its newest records is claimed with amnesia, until its end', async () => {
    const process = open()
    const [claimed, untouched] = [newDraft(), newDraft()]
    await process.tasks.create(claimed)
    await process.tasks.create(untouched)
    const first = await claimBy(process, claimed.id)
    expect(first.amnesia).toBeUndefined()
    await first.ledger.handBack({ entries: [], waits: [], dueInMs: 0 })
    await process.continuity.beat()
    await save()
    await process.continuity.beat()
    await goBack()
    await process.continuity.beat()

    for (const { id } of [claimed, untouched]) {
      const again = await claimBy(process, id)
      expect(again.amnesia).toBe(1)
      await again.ledger.handBack({ entries: [], waits: [], dueInMs: 0 })
      expect((await claimBy(process, id)).amnesia).toBe(1)
    }
    const later = newDraft()
    await process.tasks.create(later)
    expect((await claimBy(process, later.id)).amnesia).toBeUndefined()
  })

  test('whose claim was lost cannot be written to by it, though the next claim has the same number', async () => {
    const [a, b] = [open(), open()]
    const draft = newDraft()
    await a.tasks.create(draft)
    await save()
    const lost = await claimBy(a, draft.id)
    await goBack()
    const next = await claimBy(b, draft.id)
    const numberOf = (token: string) => token.split('.')[0]
    expect(numberOf(next.token)).toBe(numberOf(lost.token))
    expect(await lost.ledger.save({ entries: [stepDone('s1')], waits: [] })).toEqual({ kind: 'stale' })
    expect(await lost.ledger.finish({ ...NOTHING, outcome: { kind: 'cancelled', reason: 'no' } })).toEqual({
      kind: 'stale',
    })
    expect(await a.tasks.readJournal(draft.id)).toEqual([])
  })

  test('whose claim is whole goes on as if nothing was; one whose records are gone is let go', async () => {
    const process = open()
    const [whole, shorter, unclaimed] = [newDraft(), newDraft(), newDraft()]
    for (const draft of [whole, shorter, unclaimed]) await process.tasks.create(draft)
    const claims = new Map<string, Awaited<ReturnType<typeof claimBy>>>()
    for (const { id } of [whole, shorter]) claims.set(id, await claimBy(process, id))
    await process.continuity.beat()
    await save()
    await process.continuity.beat()
    await claims.get(shorter.id)?.ledger.save({ entries: [stepDone('s1')], waits: [] })
    claims.set(unclaimed.id, await claimBy(process, unclaimed.id))
    await goBack()
    await process.continuity.beat()

    const held = [...claims].map(([taskId, { token, ledger }]) => ({ taskId, token, known: ledger.known }))
    expect(await process.claims.carryOver(held)).toEqual({ lost: [shorter.id, unclaimed.id] })
    expect(await redis.client.hget(taskKeys(whole.id).record, 'incarnation')).toBe('1')
    await claims.get(whole.id)?.ledger.handBack({ entries: [], waits: [], dueInMs: 0 })
    expect((await claimBy(process, whole.id)).amnesia).toBeUndefined()
  })
})
