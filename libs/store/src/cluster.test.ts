import { closeUp, Engine, sweep } from '@longhaul/engine'
import { BullWakeUps, QUEUE_KEY_RULES, WakeUpWorker } from '@longhaul/queue'
import type { Owner, Principal } from '@longhaul/task'
import { needs, startTestCluster, type TestCluster } from '@longhaul/testbed'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { CatalogAnnouncer, CatalogReader } from './catalog-store.ts'
import { RedisClaimStore } from './claim-store.ts'
import { Connection } from './connection.ts'
import { Continuity } from './continuity.ts'
import { Delivery } from './delivery.ts'
import { RedisDueStore } from './due-store.ts'
import {
  answerTo,
  callOf,
  LIVE_WORKER,
  NOTHING,
  newDraft,
  questionOf,
  stepDone,
  testSettings,
  timerOf,
} from './fixtures/drafts.ts'
import { ENTRY } from './fixtures/open-engine.ts'
import { KEY_RULES, taskKeys } from './keys.ts'
import { OpenTaskCounter, RedisOpenTasks } from './open-tasks.ts'
import { Sessions } from './sessions.ts'
import { RedisTaskStore } from './task-store.ts'
import { RedisTaskWatch } from './task-watch.ts'
import { Watch } from './watch.ts'
import { Workers } from './workers.ts'

const canRun = needs('redis-server', 'cluster.test.ts')
const settings = testSettings()

let cluster: TestCluster
beforeAll(async () => {
  if (canRun) cluster = await startTestCluster({ replicas: 1 })
}, 30_000)
afterAll(() => cluster?.stop())

function open(whenAway: 'fail' | 'wait' = 'fail') {
  const connection = new Connection({ url: cluster.url, settings, whenAway })
  onTestFinished(() => connection.close())
  return {
    connection,
    watch: new Watch(connection),
    tasks: new RedisTaskStore(connection, settings),
    claims: new RedisClaimStore(connection, settings),
    due: new RedisDueStore(connection, settings),
  }
}

/** Owners whose tasks are on different nodes. */
const ownersOf = (count: number): Owner[] =>
  Array.from({ length: count }, (_, number) => ({ issuer: 'i', subject: `owner-${number}` }))
const by = { worker: 'w1', leaseMs: 60_000 }
const claimed = async ({ claims }: Pick<ReturnType<typeof open>, 'claims'>, taskId: string) => {
  const claim = await claims.claim(taskId, by)
  if (claim.kind !== 'claimed') throw new Error(`The claim was ${claim.kind}.`)
  return claim
}

describe.runIf(canRun)('on a cluster', () => {
  test('a tree of tasks lives on one node: it is made, asks, is told of ends, and is cancelled', async () => {
    const { connection, tasks, claims } = open()
    const woken: string[] = []
    const wakeUps = {
      wake: async (some: readonly { taskId: string }[]) => void woken.push(...some.map(({ taskId }) => taskId)),
    }
    for (const owner of ownersOf(5)) {
      const root = newDraft({ owner })
      await tasks.create(root)
      const { ledger } = await claimed({ claims }, root.id)
      const [first, second] = [callOf(root, 'a'), callOf(root, 'b')]
      await ledger.save({ entries: [], ...first })
      await ledger.suspend({ entries: [], ...second, dueAt: 9e12 })
      const [{ id: a }] = first.children
      const child = await claimed({ claims }, a)
      await child.ledger.save({ entries: [], waits: [questionOf('q')] })
      expect(await tasks.read(root.id)).toMatchObject({ status: 'input_required', hasCalled: true })
      expect(await tasks.resolve(a, answerTo('q', 'Ben'), [root.id])).toBe('told')
      expect(await tasks.read(root.id)).toMatchObject({ status: 'working' })
      await child.ledger.progress({ progress: 1, message: 'half' })
      await child.ledger.finish({ entries: [], waits: [], outcome: { kind: 'result', result: { content: [] } } })
      await closeUp({ store: tasks, wakeUps }, a)
      expect(woken.pop()).toBe(root.id)
      expect(await tasks.read(root.id)).toMatchObject({ progress: { message: 'research: half' } })
      const alive = await tasks.read(root.id)
      expect(alive && (await tasks.cancel(alive, 'no'))).toBe('owing')
      await closeUp({ store: tasks, wakeUps }, root.id)
      expect((await tasks.readBelow(root.id)).map(({ status }) => status).toSorted()).toEqual([
        'cancelled',
        'completed',
      ])
    }
    expect(connection.isCluster).toBe(true)
  })

  test('a task lives from its submission to its removal', async () => {
    const { connection, watch, tasks, claims, due } = open()
    const wakeUps = new BullWakeUps({ url: cluster.url, whenAway: 'fail' }, connection.lend())
    const catalog = new CatalogReader(connection, watch)
    await new CatalogAnnouncer(connection, settings).announce([ENTRY])
    await expect.poll(() => catalog.find(ENTRY.name)).toEqual(ENTRY)
    const woken: string[] = []
    const worker = new WakeUpWorker({
      url: cluster.url,
      queues: ['default'],
      concurrency: 5,
      lockMs: settings.leaseMs,
      advance: async ({ taskId }) => void woken.push(taskId),
      onError: () => {},
    })
    onTestFinished(async () => {
      await worker.close()
      await wakeUps.close()
    })
    await worker.start()
    const lost: unknown[] = []
    const onWakeUpLost = (_: string, error: unknown) => void lost.push(error)
    const engine = new Engine({
      store: tasks,
      wakeUps,
      catalog,
      openTasks: new RedisOpenTasks(connection),
      settings,
      onWakeUpLost,
    })
    const principal: Principal = { owner: { issuer: 'i', subject: 'anna' }, scopes: [] }
    const audience = { sampling: 'tools', elicitation: true } as const
    const submit = () =>
      engine.submit({
        principal,
        tool: ENTRY.name,
        args: { topic: 'tea' },
        audience,
        call: { session: 's', isTask: true },
      })
    const { id } = await submit()
    await expect.poll(() => woken).toEqual([id])
    const heard: string[] = []
    await new RedisTaskWatch(watch).watch(id, ({ type }) => heard.push(type))
    const noticed: string[] = []
    await new RedisTaskWatch(watch).watchSession('s', ({ type }) => noticed.push(type))

    const first = await claimed({ claims }, id)
    await first.ledger.save({ entries: [stepDone('s1')], waits: [questionOf('q1')] })
    expect(await first.ledger.suspend({ ...NOTHING, dueAt: 9e12 })).toEqual({ kind: 'suspended' })
    expect((await engine.inspect(principal, id)).status).toBe('input_required')
    expect(
      await new Delivery(connection, settings).claim(id, 'q1', { id: 'stream', kind: 'session', isFirst: false }),
    ).toMatchObject({ attempt: 1 })
    const reply = { kind: 'answer', answer: { action: 'accept', content: { name: 'Ben' } } } as const
    await engine.answer(principal, { taskId: id, key: 'q1', reply })
    await expect.poll(() => woken).toEqual([id, id])
    const second = await claimed({ claims }, id)
    expect(second.journal.map(({ key }) => key)).toEqual(['s1', 'q1'])
    await second.ledger.finish({ ...NOTHING, outcome: { kind: 'result', result: { content: [] } } })
    expect((await engine.inspect(principal, id)).status).toBe('completed')
    await expect.poll(() => heard).toEqual(expect.arrayContaining(['asked', 'suspended', 'resolved', 'finished']))
    expect(noticed).toContain('asked')

    const other = await submit()
    expect((await engine.list(principal)).tasks.map((task) => task.id).sort()).toEqual([id, other.id].sort())
    expect((await engine.cancel(principal, other.id)).status).toBe('cancelled')
    expect(lost).toEqual([])

    const node = await cluster.holderOf(taskKeys(id).record)
    for (const taskId of [id, other.id]) {
      await node.client.hset(taskKeys(taskId).record, 'removable', 1)
      await node.client.zadd(taskKeys(taskId).due, 1, taskId)
    }
    expect(await sweep({ due, store: tasks, wakeUps, workers: new Workers(connection, watch, settings) })).toBe(2)
    expect(await tasks.read(id)).toBeUndefined()
    expect((await cluster.keys()).filter((key) => key.includes(id) || key.includes(other.id))).toEqual([])
  }, 30_000)

  test('tasks of all partitions are renewed, carried over and swept in one go, on whatever nodes they are', async () => {
    const { connection, tasks, claims, due } = open()
    const drafts = ownersOf(40).map((owner) => newDraft({ owner }))
    const nodes = new Set(
      await Promise.all(
        drafts.map(async (draft) => {
          await tasks.create(draft)
          return (await cluster.holderOf(taskKeys(draft.id).record)).port
        }),
      ),
    )
    expect(nodes.size).toBe(3)
    await new OpenTaskCounter(connection).count()
    expect(Number(await connection.send((redis) => redis.get('lh:open')))).toBeGreaterThanOrEqual(40)
    const held = await Promise.all(
      drafts.map(async ({ id }) => {
        const { token, runId } = await claimed({ claims }, id)
        return { taskId: id, token, runId, known: 0 }
      }),
    )
    const stranger = { taskId: drafts[0]?.id ?? '', runId: 'x' }
    expect(await claims.renew([...held, stranger], 1)).toEqual([...held.map(() => 0), undefined])
    expect(await claims.carryOver(held)).toEqual({ lost: [] })
    await expect.poll(async () => (await due.due(Date.now() + 100, 200)).length).toBe(40)
    for (const { id } of drafts.slice(0, 20)) {
      const node = await cluster.holderOf(taskKeys(id).record)
      await node.client.zadd(taskKeys(id).dead, 1, id)
    }
    expect((await tasks.listDead(100)).map(({ task }) => task.id).sort()).toEqual(
      drafts
        .slice(0, 20)
        .map(({ id }) => id)
        .sort(),
    )
    const settled = await due.settle(drafts.map(({ id }) => id))
    expect(settled.map(({ kind }) => kind)).toEqual(drafts.map(() => 'wake'))
  })

  test('sessions, heartbeats and turns of sweepers are where their keys are', async () => {
    const { connection, watch, due } = open()
    const sessions = new Sessions(connection, settings)
    const owner = { issuer: 'i', subject: 'anna' }
    for (const id of ['s1', 's2', 's3', 's4']) {
      await sessions.open({ id, owner, openedAt: 5, protocolVersion: 'v', capabilities: {} })
      expect(await sessions.use(id)).toMatchObject({ id })
    }
    await sessions.withdraw('s1', 'r1')
    expect(await sessions.isWithdrawn('s1', 'r1')).toBe(true)
    const workers = new Workers(connection, watch, settings)
    await workers.beat({ ...LIVE_WORKER, id: 'w9' })
    expect(await workers.live()).toMatchObject([{ id: 'w9' }])
    const news: string[] = []
    await workers.listen('w9', (what, taskId) => news.push(`${what} ${taskId}`))
    await connection.send((redis) => redis.publish('lh:worker:w9', 'lost t1'))
    await expect.poll(() => news).toEqual(['lost t1'])
    expect(await due.isMyTurn('w9')).toBe(true)
  })

  test('a slot that is moved to another node is followed, also while its keys are on both', async () => {
    const { tasks, claims } = open('wait')
    const [draft = newDraft()] = ownersOf(1).map((owner) => newDraft({ owner }))
    await tasks.create(draft)
    const { record } = taskKeys(draft.id)
    const source = await cluster.holderOf(record)
    const target = cluster.masters.find(({ port }) => port !== source.port) ?? source
    const slot = await source.client.cluster('KEYSLOT', record)
    const [sourceId, targetId] = await Promise.all([source, target].map(({ client }) => client.call('CLUSTER', 'MYID')))
    await target.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(sourceId))
    await source.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', String(targetId))
    const move = (keys: string[]) => source.client.migrate('127.0.0.1', target.port, '', 0, 1000, 'KEYS', ...keys)
    await move([record])
    expect((await tasks.read(draft.id))?.status).toBe('working')

    const claiming = claims.claim(draft.id, by)
    await move((await source.client.cluster('GETKEYSINSLOT', slot, 100)) as string[])
    for (const { client } of [target, source]) await client.call('CLUSTER', 'SETSLOT', slot, 'NODE', String(targetId))
    expect(await claiming).toMatchObject({ kind: 'claimed' })
    expect((await cluster.holderOf(record)).port).toBe(target.port)
  })

  test('a master that is killed is replaced by its replica, and clients go on', async () => {
    const worker = open('wait')
    const server = open('fail')
    const continuity = new Continuity({ connection: worker.connection, onLoss: () => {} })
    const drafts = ownersOf(12).map((owner) => newDraft({ owner }))
    for (const draft of drafts) await server.tasks.create(draft)
    await continuity.beat()
    const [draft = newDraft()] = drafts
    const claim = await claimed(worker, draft.id)
    const heard: string[] = []
    await new RedisTaskWatch(server.watch).watch(draft.id, ({ type }) => heard.push(type))
    const victim = await cluster.holderOf(taskKeys(draft.id).record)
    await victim.client.wait(1, 1000)
    onTestFinished(() => victim.start())
    await victim.kill('SIGKILL')

    // Sent while nobody is there: a worker's waits, a server's is refused in the domain's words or comes through.
    const saving = claim.ledger.save({ entries: [stepDone('s1')], waits: [timerOf('t1')] })
    const refused = await server.tasks.read(draft.id).catch((error) => error)
    expect(refused).toMatchObject({ code: 'store_unavailable' })
    expect(await saving).toEqual({ kind: 'saved', tail: [] })
    await expect
      .poll(
        () =>
          server.tasks.read(draft.id).then(
            (task) => task?.status,
            () => 'away',
          ),
        { timeout: 10_000 },
      )
      .toBe('working')
    for (const { id } of drafts) expect(await server.tasks.readJournal(id)).toHaveLength(id === draft.id ? 1 : 0)
    expect((await worker.due.due(Date.now() + 100_000, 200)).length).toBeGreaterThanOrEqual(12)
    await continuity.beat()
    expect(continuity.loss).toBeUndefined()
    let progress = 0
    await expect
      .poll(
        async () => {
          await claim.ledger.progress({ progress: progress++ })
          return heard
        },
        { timeout: 10_000 },
      )
      .toContain('progress')
  }, 40_000)

  test('every key that was written fits a rule', async () => {
    const rules = [...KEY_RULES, ...QUEUE_KEY_RULES]
    const keys = await cluster.keys()
    expect(keys.filter((key) => rules.filter(({ pattern }) => pattern.test(key)).length !== 1)).toEqual([])
    expect(keys.length).toBeGreaterThan(50)
  })
})

test.runIf(canRun)(
  'what a cluster that was away has refused is not done when it is back',
  async () => {
    const away = await startTestCluster()
    onTestFinished(() => away.stop())
    const connection = new Connection({ url: away.url, settings, whenAway: 'fail' })
    onTestFinished(() => connection.close())
    const tasks = new RedisTaskStore(connection, settings)
    await tasks.create(newDraft())
    await Promise.all(away.masters.map((master) => master.kill('SIGKILL')))
    await expect.poll(() => connection.isReady(), { timeout: 10_000 }).toBe(false)
    const refused = newDraft()
    await expect(tasks.create(refused)).rejects.toMatchObject({ code: 'store_unavailable' })
    await Promise.all(away.masters.map((master) => master.start()))
    await expect.poll(() => connection.isReady(), { timeout: 20_000 }).toBe(true)
    expect(await tasks.read(refused.id)).toBeUndefined()
  },
  60_000,
)
