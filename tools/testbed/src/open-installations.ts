import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import { closeUp, describeUnderUndo, Engine, type Submission, sweep } from '@longhaul/engine'
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
  type Claimed,
  type FinishedTask,
  type JsonObject,
  type Outcome,
  type Principal,
  readSettings,
  type Settings,
  type Task,
} from '@longhaul/task'
import { afterAll, afterEach, expect } from 'vitest'
import { findKeyLeaks } from './key-leaks.ts'
import { startTestStore } from './start-test-store.ts'

/** Who submits everything, and can answer it. */
export const PRINCIPAL: Principal = { owner: { issuer: 'test', subject: 'somebody' }, scopes: [] }
const EVERYTHING: Audience = { sampling: 'tools', elicitation: true }

const CALLERS: ModelChooser = { choose: () => 'caller' }
const LEASE_MS = 60_000
/** So short that somebody else can take over at once. */
const LEASE_OF_THE_KILLED_MS = 1

export interface InstallOptions extends Partial<Settings> {
  /** Whose models take turns; the caller's where nobody says. */
  readonly models?: ModelChooser
  /** After how many turns of the event loop an activation is lost, as if its worker were killed; undefined for never. */
  readonly killAfter?: (() => number | undefined) | undefined
}

export type Installation = ReturnType<typeof install>

/**
 * A real store for a test file, and installations on it, in this process, in which nothing happens but what a test says.
 * After each test they are closed, and no key may be left that should not be; then the store is emptied.
 * @returns what makes such an installation
 */
export async function openInstallations(): Promise<(tools: readonly Tool[], options?: InstallOptions) => Installation> {
  const server = await startTestStore()
  const { url } = server
  const installed: Installation[] = []
  afterEach(async () => {
    const leaks = await findKeyLeaks(url)
    await server.flush()
    await Promise.all(installed.splice(0).map((one) => one.close()))
    expect(leaks).toEqual([])
  })
  afterAll(() => server.stop())
  return (tools, options = {}) => {
    const one = install(url, tools, options)
    installed.push(one)
    return one
  }
}

function install(url: string, tools: readonly Tool[], { models = CALLERS, killAfter, ...changed }: InstallOptions) {
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

  const claim = async (taskId: string, leaseMs = LEASE_MS): Promise<Claimed | undefined> => {
    const claimed = await claims.claim(taskId, { worker: 'w', leaseMs })
    return claimed.kind === 'claimed' ? claimed : undefined
  }
  const start = (taskId: string, claimed: Claimed) => {
    const tool = tools.find(({ name }) => name === claimed.head.tool)
    if (!tool) throw new Error(`There is no tool '${claimed.head.tool}'.`)
    return activate({
      ...{ taskId, claimed, tool, settings, findEntry },
      describeUnderUndo: (taskIds) => describeUnderUndo({ store, wakeUps }, taskIds),
      models,
      onToolError: () => {},
      onChildren: (children) => void woken.push(...children.map(({ id }) => id)),
      onWoken: (wakeUps) => void woken.push(...wakeUps.map(({ taskId }) => taskId)),
    })
  }
  /** One activation, with what a worker does after it. */
  const run = async (taskId: string): Promise<Ended | undefined> => {
    const turns = killAfter?.()
    const asks = { worker: 'w', leaseMs: turns === undefined ? LEASE_MS : LEASE_OF_THE_KILLED_MS }
    let claimed = await claims.claim(taskId, asks)
    while (killAfter && claimed.kind === 'busy') {
      await delay(1)
      claimed = await claims.claim(taskId, asks)
    }
    if (claimed.kind !== 'claimed') return undefined
    const running = start(taskId, claimed)
    if (turns !== undefined) {
      for (let turn = 0; turn < turns; turn++) await nextTurn()
      running.stop(new Error('killed'))
      // As the sweeper does when the lease is out.
      woken.push(taskId)
    }
    const ended = await running.ended
    if (ended === 'finished' && claimed.ledger.isOwing) await closeUp({ store, wakeUps }, taskId)
    return ended
  }
  return {
    ...{ engine, store, woken, connection, claim, start, run, settings },
    closeUp: (taskId: string) => closeUp({ store, wakeUps }, taskId),
    submit: (tool: string, args: JsonObject = {}, more: Partial<Submission> = {}): Promise<Task> =>
      engine.submit({ principal: PRINCIPAL, tool, args, audience: EVERYTHING, ...more }),
    /** Runs what was woken, and what that wakes, until all can only wait, or until this is so. */
    settle: async (isEnough: () => boolean = () => false) => {
      while (!isEnough()) {
        const taskId = woken.shift()
        if (taskId === undefined) return
        await run(taskId)
      }
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
