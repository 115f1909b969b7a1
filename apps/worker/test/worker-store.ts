import { Engine } from '@longhaul/engine'
import { BullWakeUps } from '@longhaul/queue'
import { CatalogReader, Connection, RedisOpenTasks, RedisTaskStore, Watch } from '@longhaul/store'
import { type JsonObject, type Principal, partitionOf, readSettings, type Settings } from '@longhaul/task'
import { findKeyLeaks, startTestStore } from '@longhaul/testbed'
import { Redis } from 'ioredis'
import { afterAll, afterEach, expect } from 'vitest'

export const testSettings = (changed: Partial<Settings> = {}): Settings => ({ ...readSettings({}), ...changed })

export type WorkerStore = Awaited<ReturnType<typeof openWorkerStore>>

/**
 * Such a store for a whole test file. No test may leave a key behind that no rule ends.
 * @param isKept whether a test finds what those before it have left; else the store is emptied after each
 */
export async function openStoreOfFile({ isKept = false } = {}): Promise<WorkerStore> {
  const store = await openWorkerStore()
  afterEach(async () => {
    const leaks = await store.leaks()
    if (!isKept) await store.redis.flushall()
    expect(leaks).toEqual([])
  })
  afterAll(() => store.stop())
  return store
}

/** A real store, by default one of its own, and the coordinator's side of it without HTTP. */
export async function openWorkerStore(given?: { readonly url: string; stop(): Promise<void> }) {
  const server = given ?? (await startTestStore())
  const settings = testSettings({ wakeGraceMs: 1000 })
  const { url } = server
  const connection = new Connection({ url, settings, whenAway: 'fail' })
  const wakeUps = new BullWakeUps({ url, whenAway: 'fail' }, connection.lend())
  const store = new RedisTaskStore(connection, settings)
  const catalog = new CatalogReader(connection, new Watch(connection))
  const openTasks = new RedisOpenTasks(connection)
  const ports = { store, wakeUps, catalog, openTasks, settings, onWakeUpLost: () => {} }
  const engine = new Engine(ports)
  const redis = new Redis(url)
  const principal: Principal = { owner: { issuer: 'test', subject: 'anna' }, scopes: [] }
  return {
    url,
    engine,
    principal,
    redis,
    connection,
    wakeUps,
    leaks: () => findKeyLeaks(url),
    catalog,
    /** Names of the tools that are listed. */
    listed: async () => (await catalog.entries()).map(({ name }) => name),
    describe: async (name: string) => (await catalog.find(name))?.description,
    /** A new task of a listed tool. */
    submit: async (tool: string, args: JsonObject = {}) => {
      const audience = { sampling: 'none', elicitation: true } as const
      return (await engine.submit({ principal, tool, args, audience })).id
    },
    /** A new task, as if two workers had died with it. */
    submitDeadly: async (tool: string) => {
      const silent = new Engine({ ...ports, wakeUps: { wake: async () => {} } })
      const audience = { sampling: 'none', elicitation: true } as const
      const { id, head } = await silent.submit({ principal, tool, args: {}, audience })
      await redis.hset(`{lh:${partitionOf(id)}}:task:${id}`, { deaths: 2, reached: '0 0' })
      await wakeUps.wake([{ taskId: id, queue: head.queue }])
      return id
    },
    status: async (taskId: string) => (await engine.inspect(principal, taskId)).status,
    /** Whether nothing is held for it. */
    isSuspended: async (taskId: string) =>
      (await redis.hget(`{lh:${partitionOf(taskId)}}:task:${taskId}`, 'run')) === 'waiting',
    message: async (taskId: string) => (await engine.inspect(principal, taskId)).statusMessage,
    /** What a finished task gave, as text. */
    outcome: async (taskId: string) => {
      const task = await engine.inspectOutcome(principal, taskId)
      return 'outcome' in task ? JSON.stringify(task.outcome) : undefined
    },
    stop: async () => {
      redis.disconnect()
      await Promise.all([connection.close(), wakeUps.close()])
      await server.stop()
    },
  }
}
