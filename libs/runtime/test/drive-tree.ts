import { closeUp, Engine, sweep } from '@longhaul/engine'
import { activate, type Ended, type ModelChooser, type Tool, toCatalogEntry } from '@longhaul/runtime'
import {
  Connection,
  EventLog,
  RedisClaimStore,
  RedisDueStore,
  RedisOpenTasks,
  RedisTaskStore,
  Watch,
  Workers,
} from '@longhaul/store'
import {
  type Audience,
  type Budget,
  type Claimed,
  type FinishedTask,
  type JsonObject,
  type Outcome,
  type Principal,
  readSettings,
  type Settings,
  type Task,
} from '@longhaul/task'
import { findKeyLeaks, startTestStore } from '@longhaul/testbed'
import { afterAll, afterEach, expect } from 'vitest'

export const PRINCIPAL: Principal = { owner: { issuer: 'test', subject: 'somebody' }, scopes: [] }

/** Who can answer everything. */
const EVERYTHING: Audience = { sampling: 'tools', elicitation: true }

/** Settings, and whose models take turns. */
type Installing = Partial<Settings> & { readonly models?: ModelChooser }
const CALLERS: ModelChooser = { choose: () => 'caller' }

/**
 * A real store for a test file, and installations on it, in this process, in which nothing happens but what a test says.
 * After each test they are closed, and no key may be left that should not be; then the store is emptied.
 * @returns what makes such an installation
 */
export async function openTree() {
  const server = await startTestStore()
  const { url } = server
  const installed: ReturnType<typeof install>[] = []
  afterEach(async () => {
    const leaks = await findKeyLeaks(url)
    await server.flush()
    await Promise.all(installed.splice(0).map((one) => one.close()))
    expect(leaks).toEqual([])
  })
  afterAll(() => server.stop())
  return (tools: readonly Tool[], changed: Installing = {}) => {
    const one = install(url, tools, changed)
    installed.push(one)
    return one
  }
}

function install(url: string, tools: readonly Tool[], { models = CALLERS, ...changed }: Installing) {
  const settings = { ...readSettings({}), ...changed }
  const connection = new Connection({ url, settings, whenAway: 'wait' })
  const store = new RedisTaskStore(connection, settings)
  const claims = new RedisClaimStore(connection, settings)
  const due = new RedisDueStore(connection, settings)
  const workers = new Workers(connection, new Watch(connection), settings)
  const entries = tools.map(toCatalogEntry)
  const findEntry = (name: string) => entries.find((entry) => entry.name === name)
  /** Ids in the order in which they were woken. */
  const woken: string[] = []
  const wakeUps = {
    wake: async (some: readonly { readonly taskId: string }[]) => void woken.push(...some.map(({ taskId }) => taskId)),
  }
  const engine = new Engine({
    store,
    wakeUps,
    catalog: { entries: async () => entries, find: async (name) => findEntry(name) },
    openTasks: new RedisOpenTasks(connection),
    settings,
    onWakeUpLost: () => {},
  })

  const claim = async (taskId: string, leaseMs = 60_000): Promise<Claimed | undefined> => {
    const claimed = await claims.claim(taskId, { worker: 'w', leaseMs })
    return claimed.kind === 'claimed' ? claimed : undefined
  }
  const start = (taskId: string, claimed: Claimed) => {
    const tool = tools.find(({ name }) => name === claimed.head.tool)
    if (!tool) throw new Error(`There is no tool '${claimed.head.tool}'.`)
    return activate({
      ...{ taskId, claimed, tool, settings, findEntry },
      models,
      onToolError: () => {},
      onChildren: (children) => void woken.push(...children.map(({ id }) => id)),
      onWoken: (wakeUps) => void woken.push(...wakeUps.map(({ taskId }) => taskId)),
    })
  }
  /** One activation, with what a worker does after it. */
  const run = async (taskId: string): Promise<Ended | undefined> => {
    const claimed = await claim(taskId)
    if (!claimed) return undefined
    const ended = await start(taskId, claimed).ended
    if (ended === 'finished' && claimed.ledger.isOwing) await closeUp({ store, wakeUps }, taskId)
    return ended
  }
  return {
    ...{ engine, store, woken, connection, claim, start, run, settings },
    closeUp: (taskId: string) => closeUp({ store, wakeUps }, taskId),
    submit: (tool: string, args: JsonObject = {}, audience: Audience = EVERYTHING): Promise<Task> =>
      engine.submit({ principal: PRINCIPAL, tool, args, audience }),
    submitWith: (tool: string, budget: Partial<Budget>, audience: Audience = EVERYTHING): Promise<Task> =>
      engine.submit({ principal: PRINCIPAL, tool, args: {}, audience, budget }),
    /** Runs what was woken, and what that wakes, until all can only wait. */
    settle: async () => {
      for (let taskId = woken.shift(); taskId !== undefined; taskId = woken.shift()) await run(taskId)
    },
    sweep: () => sweep({ due, store, wakeUps, workers }),
    /** How a task ended; undefined while it lives. */
    outcome: async (taskId: string): Promise<Outcome | undefined> =>
      ((await store.readOutcome(taskId)) as FinishedTask | undefined)?.outcome,
    /** All events of a task that the store still has. */
    eventsOf: (taskId: string) => new EventLog(connection).read(taskId, 0),
    /** All tasks below one, oldest first. */
    below: (taskId: string) => engine.inspectBelow(PRINCIPAL, taskId),
    close: () => connection.close(),
  }
}
