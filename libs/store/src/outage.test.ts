import { execFileSync } from 'node:child_process'
import { sweep } from '@longhaul/engine'
import { needs, startRedis, startStoreProxy, startTestSentinels, type TestRedis } from '@longhaul/testbed'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CatalogAnnouncer } from './catalog-store.ts'
import { RedisClaimStore } from './claim-store.ts'
import { Connection } from './connection.ts'
import { Continuity, type Loss } from './continuity.ts'
import { RedisDueStore } from './due-store.ts'
import { LIVE_WORKER, NOTHING, newDraft, stepDone, testSettings, timerOf } from './fixtures/drafts.ts'
import { ENTRY } from './fixtures/open-engine.ts'
import { taskKeys } from './keys.ts'
import { openClient } from './open-client.ts'
import { OpenTaskCounter } from './open-tasks.ts'
import { RedisTaskStore } from './task-store.ts'
import { Watch } from './watch.ts'
import { Workers } from './workers.ts'

const settings = testSettings()
const canRun = needs('redis-server', 'outage.test.ts')
const canFailOver = canRun && needs('redis-sentinel', 'outage.test.ts, failover')

const AWAY = {
  code: 'store_unavailable',
  message: 'The task store cannot be reached just now. Nothing was lost; try again shortly.',
}
/** It is there, as far as anybody knows, and does not answer. */
const LATE = {
  code: 'store_unavailable',
  message:
    'The task store cannot be reached just now: no answer came within LONGHAUL_STORE_ANSWER_MS. Nothing was lost; try again shortly.',
}
/** It does not know us any more. */
const LOCKED = {
  code: 'store_unavailable',
  message:
    'The task store cannot be reached just now: it does not take the user and password in REDIS_URL. Nothing was lost.',
}
const FULL = {
  code: 'store_unavailable',
  message: 'The task store is full and takes nothing new. Nothing was lost; give it more memory or disk.',
}

async function started(...args: string[]): Promise<TestRedis> {
  const redis = await startRedis({ args })
  onTestFinished(() => redis.stop())
  return redis
}

/** What a coordinator (`fail`) or a worker (`wait`) has of the store. */
function open(url: string, whenAway: 'fail' | 'wait') {
  const saysFull: boolean[] = []
  const away: string[] = []
  const connection = new Connection({
    ...{ url, settings, whenAway, onFull: (isFull) => saysFull.push(isFull) },
    onState: (state, reason) => away.push(reason ?? state),
  })
  const losses: Loss[] = []
  const continuity = new Continuity({ connection, onLoss: (loss) => losses.push(loss) })
  onTestFinished(() => connection.close())
  return {
    connection,
    continuity,
    losses,
    saysFull,
    /** Why it is away, and `back`. */
    away,
    tasks: new RedisTaskStore(connection, settings),
    claims: new RedisClaimStore(connection, settings),
    due: new RedisDueStore(connection, settings),
  }
}
type Side = ReturnType<typeof open>

const claimBy = async ({ claims }: Side, taskId: string) => {
  const claimed = await claims.claim(taskId, { worker: 'w', leaseMs: 60_000 })
  if (claimed.kind !== 'claimed') throw new Error(`The claim was ${claimed.kind}.`)
  return claimed
}
const isThere = ({ tasks }: Side, taskId: string) =>
  tasks.read(taskId).then(
    (task) => task?.status,
    () => 'away',
  )
const failureOf = (promise: Promise<unknown>) =>
  promise.then(
    (value) => `It came to ${JSON.stringify(value)}.`,
    (error) => error,
  )

describe.runIf(canRun)('a store with an append-only file', () => {
  test.each([
    ['everysec', 'SIGTERM'],
    ['always', 'SIGKILL'],
  ] as const)('synced %s and ended by %s has everything when it is back', async (appendfsync, signal) => {
    const redis = await started('--appendonly', 'yes', '--appendfsync', appendfsync)
    const [server, worker] = [open(redis.url, 'fail'), open(redis.url, 'wait')]
    for (const { continuity } of [server, worker]) await continuity.beat()
    const drafts = Array.from({ length: 50 }, () => newDraft())
    for (const draft of drafts) await server.tasks.create(draft)
    const { ledger } = await claimBy(worker, drafts[0]?.id ?? '')
    await ledger.save({ entries: [stepDone('s1')], waits: [] })
    for (const { continuity } of [server, worker]) await continuity.beat()
    await redis.kill(signal)

    expect(await failureOf(server.tasks.create(newDraft()))).toMatchObject(AWAY)
    const saving = ledger.save({ entries: [stepDone('s2')], waits: [] })
    await redis.start()
    expect(await saving).toEqual({ kind: 'saved', tail: [] })
    await expect.poll(() => isThere(server, drafts[0]?.id ?? '')).toBe('working')
    for (const { id } of drafts) expect(await server.tasks.read(id)).toMatchObject({ status: 'working' })
    expect(await server.tasks.readJournal(drafts[0]?.id ?? '')).toHaveLength(2)
    for (const { continuity } of [server, worker]) await continuity.beat()
    expect([server.losses, worker.losses]).toEqual([[], []])
  })
})

describe.runIf(canFailOver)('a master that is killed', () => {
  test('is followed by its replica, and everybody goes on there', async () => {
    const sentinels = await startTestSentinels()
    onTestFinished(() => sentinels.stop())
    const [server, worker] = [open(sentinels.url, 'fail'), open(sentinels.url, 'wait')]
    const draft = newDraft()
    await server.tasks.create(draft)
    const { ledger } = await claimBy(worker, draft.id)
    for (const { continuity } of [server, worker]) await continuity.beat()
    await expect.poll(() => sentinels.replica.client.exists('lh:alive')).toBe(1)
    await sentinels.master.kill('SIGKILL')

    const refused = newDraft()
    expect(await failureOf(server.tasks.create(refused))).toMatchObject(AWAY)
    expect(await ledger.save({ entries: [stepDone('s1')], waits: [] })).toEqual({ kind: 'saved', tail: [] })
    await expect.poll(() => isThere(server, draft.id), { timeout: 10_000 }).toBe('working')
    // What was refused is not done later.
    expect(await server.tasks.read(refused.id)).toBeUndefined()
    expect(await sentinels.replica.client.llen(taskKeys(draft.id).journal)).toBe(1)
    for (const { continuity } of [server, worker]) await continuity.beat()
    expect([server.losses, worker.losses]).toEqual([[], []])
  }, 30_000)

  test('before its replica had everything has taken that with it, which is noticed', async () => {
    const sentinels = await startTestSentinels()
    onTestFinished(() => sentinels.stop())
    const worker = open(sentinels.url, 'wait')
    const [kept, gone] = [newDraft(), newDraft()]
    await worker.tasks.create(kept)
    await worker.continuity.beat()
    await sentinels.master.client.wait(1, 1000)
    await sentinels.replica.kill('SIGSTOP')
    // More than the connection between the two holds.
    await sentinels.master.client.set('filler', 'x'.repeat(64 * 1024 * 1024))
    await worker.tasks.create(gone)
    await worker.continuity.beat()
    await sentinels.master.kill('SIGKILL')
    await sentinels.replica.kill('SIGCONT')

    expect((await worker.tasks.read(kept.id))?.status).toBe('working')
    expect(await worker.tasks.read(gone.id)).toBeUndefined()
    await expect.poll(() => worker.losses).toMatchObject([{ incarnation: 1 }])
    expect((await claimBy(worker, kept.id)).amnesia).toBe(1)
  }, 30_000)
})

describe.runIf(canRun)('a network that stalls', () => {
  test('fails servers soon and has workers wait, and what was under way is done once', async () => {
    const redis = await started()
    const proxy = await startStoreProxy(redis.url)
    onTestFinished(() => proxy.stop())
    const [server, worker] = [open(proxy.url, 'fail'), open(proxy.url, 'wait')]
    const draft = newDraft()
    await server.tasks.create(draft)
    const { ledger } = await claimBy(worker, draft.id)
    proxy.freeze()
    const saving = ledger.save({ entries: [stepDone('s1')], waits: [] })
    expect(await failureOf(server.tasks.read(draft.id))).toMatchObject(LATE)
    expect(await server.connection.isReady()).toBe(false)
    // The connection breaks before the answer comes through it.
    await proxy.cut()
    await proxy.restore()
    proxy.thaw()
    expect(await saving).toEqual({ kind: 'saved', tail: [] })
    await expect.poll(() => isThere(server, draft.id)).toBe('working')
    expect(await server.tasks.readJournal(draft.id)).toEqual([stepDone('s1')])
  })
})

describe.runIf(canRun)('a store that has become a replica', () => {
  test('refuses servers, and has workers wait until there is a master again', async () => {
    const [redis, other] = [await started(), await started()]
    const [server, worker] = [open(redis.url, 'fail'), open(redis.url, 'wait')]
    const draft = newDraft()
    await server.tasks.create(draft)
    await redis.client.call('REPLICAOF', '127.0.0.1', String(other.port))
    expect(await failureOf(server.tasks.create(newDraft()))).toMatchObject(LATE)
    const later = newDraft()
    const creating = worker.tasks.create(later)
    await redis.client.call('REPLICAOF', 'NO', 'ONE')
    expect(await creating).toEqual({ kind: 'created' })
    await expect.poll(() => isThere(server, later.id)).toBe('working')
  })
})

test.runIf(canRun)('a store that wants another password refuses servers, has workers wait, and is told', async () => {
  const redis = await started()
  const [server, worker] = [open(redis.url, 'fail'), open(redis.url, 'wait')]
  await server.tasks.create(newDraft())
  await redis.client.config('SET', 'requirepass', 'another')
  const operator = openClient(redis.url.replace('redis://', 'redis://:another@'), 'wait')
  onTestFinished(() => operator.disconnect())
  await operator.call('CLIENT', 'KILL', 'TYPE', 'normal')
  await expect.poll(() => server.away, { timeout: 10_000 }).toContainEqual(expect.stringMatching(/^NOAUTH/))
  expect(await failureOf(server.tasks.create(newDraft()))).toMatchObject(LOCKED)
  const creating = worker.tasks.create(newDraft())
  // It is asked again and again meanwhile; once is enough to be told.
  await expect.poll(() => worker.away, { timeout: 10_000 }).toContainEqual(expect.stringMatching(/^NOAUTH/))
  await operator.config('SET', 'requirepass', '')
  expect(await creating).toEqual({ kind: 'created' })
  for (const { away } of [server, worker]) {
    await expect.poll(() => away.at(-1), { timeout: 10_000 }).toBe('back')
    expect(away.filter((reason) => reason.startsWith('NOAUTH'))).toHaveLength(1)
  }
})

/** Refuses writes, whatever for: what has to hold meanwhile, and when it takes them again. */
async function expectToBearRefusals(
  redis: TestRedis,
  { refuse, accept }: Record<'refuse' | 'accept', () => Promise<void>>,
) {
  const [server, worker] = [open(redis.url, 'fail'), open(redis.url, 'wait')]
  const [draft, next] = [newDraft(), newDraft()]
  for (const one of [draft, next]) await server.tasks.create(one)
  const held = await claimBy(worker, draft.id)
  await refuse()

  expect(await failureOf(server.tasks.create(newDraft()))).toMatchObject(FULL)
  expect(await server.tasks.read(draft.id)).toMatchObject({ status: 'working' })
  expect(await server.connection.isReady()).toBe(true)
  expect([server.connection.isFull, server.saysFull]).toEqual([true, [true]])
  const saving = held.ledger.save({ entries: [stepDone('s1')], waits: [] })
  const claiming = claimBy(worker, next.id)
  expect(await server.tasks.readJournal(draft.id)).toEqual([])
  await accept()

  expect(await saving).toEqual({ kind: 'saved', tail: [] })
  expect(await (await claiming).ledger.finish({ ...NOTHING, outcome: { kind: 'cancelled', reason: '' } })).toEqual({
    kind: 'finished',
  })
  expect(await server.tasks.create(newDraft())).toEqual({ kind: 'created' })
  for (const { saysFull } of [server, worker])
    await expect.poll(() => saysFull, { timeout: 10_000 }).toEqual([true, false])
  expect(server.connection.isFull).toBe(false)
}

describe.runIf(canRun)('a store that is full', () => {
  test('of memory refuses servers, has workers wait, and loses nothing', async () => {
    const redis = await started('--maxmemory-policy', 'noeviction')
    await expectToBearRefusals(redis, {
      refuse: async () => void (await redis.client.config('SET', 'maxmemory', '1')),
      accept: async () => void (await redis.client.config('SET', 'maxmemory', '0')),
    })
  })

  test('of memory lets claims be kept, handed back and cancelled', async () => {
    const redis = await started('--maxmemory-policy', 'noeviction')
    const worker = open(redis.url, 'wait')
    const [a, b] = [newDraft(), newDraft()]
    for (const draft of [a, b]) await worker.tasks.create(draft)
    const { runId, ledger } = await claimBy(worker, a.id)
    await redis.client.config('SET', 'maxmemory', '1')
    expect(await worker.claims.renew([{ taskId: a.id, runId }], 60_000)).toEqual([0])
    await ledger.handBack({ ...NOTHING, dueInMs: 0 })
    const task = await worker.tasks.read(b.id)
    expect(task && (await worker.tasks.cancel(task, 'no'))).toBe('cancelled')
    await worker.continuity.beat()
  })

  test('of memory is swept: what is over goes, and makes room', async () => {
    const redis = await started('--maxmemory-policy', 'noeviction')
    const worker = open(redis.url, 'wait')
    const { tasks, connection, due } = worker
    const workers = new Workers(connection, new Watch(connection), settings)
    const announcer = new CatalogAnnouncer(connection, settings)
    const [sleeping, undone] = [newDraft(), newDraft({ undoable: true })]
    const over = { ...newDraft(), outcome: { kind: 'cancelled', reason: '' } } as const
    for (const draft of [sleeping, undone, over]) await tasks.create(draft)
    const until = Date.UTC(2100, 0)
    await (await claimBy(worker, sleeping.id)).ledger.suspend({
      entries: [],
      waits: [timerOf('t1', until)],
      dueAt: 5,
    })
    await (await claimBy(worker, undone.id)).ledger.save({ entries: [stepDone('s1')], waits: [] })
    const task = await tasks.read(undone.id)
    if (task) await tasks.cancel(task, 'no')
    await redis.client.hset(taskKeys(over.id).record, 'removable', 1)
    await redis.client.zadd(taskKeys(over.id).due, 1, over.id)
    await announcer.announce([ENTRY])
    await redis.client.pexpire('{lh:catalog}:entries', 60)
    await redis.client.config('SET', 'maxmemory', '1')

    expect([await due.isMyTurn('a'), await due.isMyTurn('b')]).toEqual([true, false])
    const swept = new RedisTaskStore(connection, settings, { evenWhenFull: false })
    expect(await failureOf(sweep({ due, store: swept, wakeUps: { wake: async () => {} }, workers }))).toMatchObject(
      FULL,
    )
    expect(await tasks.read(over.id)).toBeUndefined()
    expect(await redis.client.zscore(taskKeys(sleeping.id).due, sleeping.id)).toBe(`${until}`)
    await new OpenTaskCounter(connection).count()
    for (const beat of [workers.beat(LIVE_WORKER), announcer.announce([ENTRY])])
      expect(await failureOf(beat)).toMatchObject(FULL)
    expect(await redis.client.exists('lh:worker:w1')).toBe(1)
    expect(await redis.client.pttl('{lh:catalog}:entries')).toBeGreaterThan(60)
  })

  test.runIf(process.platform === 'linux')(
    'of disk refuses servers, has workers wait, and loses nothing',
    async () => {
      // A limit for the size of files stands for a full disk: writing fails, for root as well.
      const limited = ['sh', '-c', 'trap "" XFSZ; ulimit -S -f 32; exec redis-server "$@"', 'sh']
      const redis = await startRedis({
        command: limited,
        args: ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', ''],
      })
      onTestFinished(() => redis.stop())
      await expectToBearRefusals(redis, {
        refuse: async () => {
          const fill = () => redis.client.set('filler', 'x'.repeat(64 * 1024)).catch((error: Error) => error.message)
          await expect.poll(fill, { timeout: 10_000 }).toMatch(/^MISCONF/)
        },
        accept: async () => void execFileSync('prlimit', ['--pid', String(redis.pid), '--fsize=unlimited']),
      })
    },
    20_000,
  )
})
