import type { Settings } from '@longhaul/task'
import {
  needs,
  startRedis,
  startStoreProxy,
  startTestCluster,
  startTestSentinels,
  type TestRedis,
} from '@longhaul/testbed'
import { describe, expect, onTestFinished, test } from 'vitest'
import { RedisClaimStore } from './claim-store.ts'
import { Connection } from './connection.ts'
import { NOTHING, newDraft, stepDone, testSettings } from './fixtures/drafts.ts'
import { RedisTaskStore } from './task-store.ts'

const canRun = needs('redis-server', 'durability.test.ts')
const canFailOver = canRun && needs('redis-sentinel', 'durability.test.ts, failover')

async function started(...args: string[]): Promise<TestRedis> {
  const redis = await startRedis({ args })
  onTestFinished(() => redis.stop())
  return redis
}

function open(url: string, whenAway: 'fail' | 'wait', changed: Partial<Settings>) {
  const settings = testSettings(changed)
  const refusals: string[] = []
  const connection = new Connection({ url, settings, whenAway, onRefused: (reason) => refusals.push(reason) })
  onTestFinished(() => connection.close())
  return {
    connection,
    refusals,
    tasks: new RedisTaskStore(connection, settings),
    claims: new RedisClaimStore(connection, settings),
  }
}

const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    (value) => `It came to ${JSON.stringify(value)}.`,
    (error) => error,
  )

describe.runIf(canRun)('fsync', () => {
  const fsync = { durability: 'fsync' } as const
  const EVERYSEC =
    'LONGHAUL_DURABILITY=fsync, and the store has appendonly yes and appendfsync everysec. Set appendonly yes and appendfsync always, or LONGHAUL_DURABILITY=process.'

  test('uses a store that syncs every write', async () => {
    const redis = await started('--appendonly', 'yes', '--appendfsync', 'always')
    const { tasks, connection, refusals } = open(redis.url, 'fail', fsync)
    expect(await tasks.create(newDraft())).toEqual({ kind: 'created' })
    expect([await connection.isReady(), connection.refusal, refusals]).toEqual([true, undefined, []])
  })

  test('uses no other, says what to set, and goes on when that is set', async () => {
    const redis = await started('--appendonly', 'yes', '--appendfsync', 'everysec')
    const [server, worker] = [open(redis.url, 'fail', fsync), open(redis.url, 'wait', fsync)]
    expect(await failureOf(server.tasks.create(newDraft()))).toMatchObject({
      code: 'store_unavailable',
      message: EVERYSEC,
    })
    expect(await server.connection.isReady()).toBe(false)
    expect([server.connection.refusal, server.refusals]).toEqual([EVERYSEC, [EVERYSEC]])
    const creating = worker.tasks.create(newDraft())
    await expect.poll(() => worker.refusals).toEqual([EVERYSEC])
    expect(await redis.client.dbsize()).toBe(0)
    await redis.client.config('SET', 'appendfsync', 'always')
    expect(await creating).toEqual({ kind: 'created' })
    await expect.poll(() => server.connection.isReady(), { timeout: 5000 }).toBe(true)
  })

  test('asks again whenever the connection has come about anew', async () => {
    const redis = await started('--appendonly', 'yes', '--appendfsync', 'always')
    const { tasks, refusals } = open(redis.url, 'fail', fsync)
    await tasks.create(newDraft())
    await redis.client.config('SET', 'appendfsync', 'everysec')
    await redis.client.call('CLIENT', 'KILL', 'SKIPME', 'yes')
    await expect.poll(() => failureOf(tasks.create(newDraft()))).toMatchObject({ message: EVERYSEC })
    expect(refusals).toEqual([EVERYSEC])
  })

  test('takes the word of who runs a store that forbids CONFIG', async () => {
    const redis = await started('--rename-command', 'CONFIG', '')
    const forbidden =
      'LONGHAUL_DURABILITY=fsync, and the store forbids CONFIG, so that nobody can look. If you know that it syncs every write, say so by LONGHAUL_DURABILITY_CHECK=trust.'
    const { tasks } = open(redis.url, 'fail', fsync)
    expect(await failureOf(tasks.create(newDraft()))).toMatchObject({ message: forbidden })
    const trusting = open(redis.url, 'fail', { ...fsync, durabilityCheck: 'trust' })
    expect(await trusting.tasks.create(newDraft())).toEqual({ kind: 'created' })
  })

  test('asks every master of a cluster', async () => {
    const cluster = await startTestCluster({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
    onTestFinished(() => cluster.stop())
    const good = open(cluster.url, 'fail', fsync)
    expect(await good.tasks.create(newDraft())).toEqual({ kind: 'created' })
    await cluster.masters[1]?.client.config('SET', 'appendfsync', 'everysec')
    expect(await failureOf(open(cluster.url, 'fail', fsync).tasks.create(newDraft()))).toMatchObject({
      message: EVERYSEC,
    })
  })
})

describe.runIf(canRun)('replica', () => {
  const replica = { durability: 'replica', replicas: 1, replicaTimeoutMs: 1500 } as const
  const pair = async () => {
    const master = await started('--repl-diskless-sync-delay', '0')
    const copy = await started('--replicaof', '127.0.0.1', String(master.port))
    await expect.poll(() => master.client.wait(1, 1000), { timeout: 10_000 }).toBe(1)
    return { master, copy }
  }

  test('is done when a replica has it, in the same round trip', async () => {
    const { master, copy } = await pair()
    const proxy = await startStoreProxy(master.url)
    onTestFinished(() => proxy.stop())
    const { tasks } = open(proxy.url, 'fail', replica)
    await tasks.create(newDraft())
    const before = proxy.roundTrips
    const draft = newDraft()
    expect(await tasks.create(draft)).toEqual({ kind: 'created' })
    expect(proxy.roundTrips - before).toBe(1)
    expect((await copy.client.keys(`*:task:${draft.id}`)).length).toBe(1)
    await Promise.all(Array.from({ length: 100 }, () => tasks.create(newDraft())))
    expect(proxy.roundTrips - before).toBe(2)
    expect((await copy.client.keys('*:task:*')).length).toBe(102)
  })

  test('is refused to servers, and waited for by workers, while no replica takes it', async () => {
    const { master, copy } = await pair()
    const [server, worker] = [open(master.url, 'fail', replica), open(master.url, 'wait', replica)]
    const draft = newDraft()
    await server.tasks.create(draft)
    const claimed = await worker.claims.claim(draft.id, { worker: 'w', leaseMs: 60_000 })
    if (claimed.kind !== 'claimed') throw new Error(claimed.kind)
    await copy.kill('SIGSTOP')
    expect(await failureOf(server.tasks.create(newDraft()))).toMatchObject({
      code: 'store_unavailable',
      message: 'The task store took it, but only 0 of 1 replicas have it within 1500 ms. Try again shortly.',
    })
    expect(await server.tasks.read(draft.id)).toMatchObject({ status: 'working' })
    const done: string[] = []
    const saving = claimed.ledger
      .save({ entries: [stepDone('s1')], waits: [] })
      .then(() => claimed.ledger.finish({ ...NOTHING, outcome: { kind: 'result', result: { content: [] } } }))
      .then(({ kind }) => done.push(kind))
    await expect.poll(() => server.tasks.readJournal(draft.id)).toHaveLength(1)
    expect(done).toEqual([])
    await copy.kill('SIGCONT')
    await saving
    expect(done).toEqual(['finished'])
  })

  test('keeps what a script refused apart from what its neighbours came to', async () => {
    const { master } = await pair()
    const { connection, tasks } = open(master.url, 'fail', replica)
    const draft = newDraft()
    await connection.send((redis) => redis.set(`{lh:${draft.id.slice(0, 2)}}:task:${draft.id}`, 'text'))
    const results = await Promise.allSettled([tasks.create(newDraft()), tasks.read(draft.id), tasks.create(newDraft())])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })

  test('is done on a cluster, too', async () => {
    const cluster = await startTestCluster({ replicas: 1 })
    onTestFinished(() => cluster.stop())
    const { tasks } = open(cluster.url, 'fail', replica)
    const drafts = Array.from({ length: 10 }, (_, n) => newDraft({ owner: { issuer: 'i', subject: `s${n}` } }))
    const created = await Promise.all(drafts.map((draft) => tasks.create(draft)))
    expect(created).toEqual(drafts.map(() => ({ kind: 'created' })))
  }, 30_000)
})

test.runIf(canFailOver)(
  'replica: a task that was acknowledged outlives the master that did it',
  async () => {
    const sentinels = await startTestSentinels()
    onTestFinished(() => sentinels.stop())
    const { tasks } = open(sentinels.url, 'fail', { durability: 'replica', replicas: 1 })
    const acknowledged: string[] = []
    const submitting = (async () => {
      for (;;) {
        const draft = newDraft()
        await tasks.create(draft)
        acknowledged.push(draft.id)
      }
    })().catch((error) => error)
    await expect.poll(() => acknowledged.length).toBeGreaterThan(50)
    await sentinels.master.kill('SIGKILL')
    expect(await submitting).toMatchObject({ code: 'store_unavailable' })
    const there = await Promise.all(
      acknowledged.map((id) => sentinels.replica.client.exists(`{lh:${id.slice(0, 2)}}:task:${id}`)),
    )
    expect(there.filter((one) => one !== 1)).toEqual([])
  },
  30_000,
)
