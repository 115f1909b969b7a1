import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises'
import type { RemoteAgentTool } from '@longhaul/agent'
import { closeUp, Engine, sweep } from '@longhaul/engine'
import { activate, type Context, defineTool, type Tool, toCatalogEntry } from '@longhaul/runtime'
import {
  Connection,
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
  type FinishedTask,
  formatProblem,
  type JsonObject,
  type Outcome,
  type Principal,
  readSettings,
  type Settings,
} from '@longhaul/task'
import { findKeyLeaks, startTestStore } from '@longhaul/testbed'
import { createWorkflows, parseWorkflowFile, type Target } from '../src/index.ts'

const PRINCIPAL: Principal = { owner: { issuer: 'test', subject: 'somebody' }, scopes: [] }
const EVERYTHING: Audience = { sampling: 'tools', elicitation: true }

export type FlowWorld = Awaited<ReturnType<typeof openFlowWorld>>

/** A real store, and installations in this process in which nothing happens but what a test says. */
export async function openFlowWorld() {
  const server = await startTestStore()
  const opened: Connection[] = []
  return {
    /** @param flows YAML by name */
    install: (flows: Readonly<Record<string, string>>, tools: readonly Tool[], changed: InstallOptions = {}) => {
      const { killAfter, remote = [], ...some } = changed
      const settings = { ...readSettings({}), ...some }
      const connection = new Connection({ url: server.url, settings, whenAway: 'wait' })
      opened.push(connection)
      const undoTools = tools.flatMap(({ undoTool }) => undoTool ?? [])
      return install(connection, [...toTools(flows, { tools, remote, settings }), ...tools, ...undoTools], {
        settings,
        killAfter,
      })
    },
    /** @returns keys that no rule ends */
    empty: async () => {
      const leaks = await findKeyLeaks(server.url)
      await Promise.all(opened.splice(0).map((one) => one.close()))
      await server.flush()
      return leaks
    },
    stop: () => server.stop(),
  }
}

interface InstallOptions extends Partial<Settings> {
  /** After how many turns of the event loop an activation is lost, as if its worker were killed; undefined for never. */
  readonly killAfter?: () => number | undefined
  /** Tools of servers. */
  readonly remote?: readonly RemoteAgentTool[]
}

/** A tool for a test, of which a second call does no harm. */
export const tool = (name: string, execute: (args: JsonObject, ctx: Context) => unknown): Tool =>
  defineTool({
    name,
    description: name,
    inputSchema: { type: 'object' },
    annotations: { idempotentHint: true },
    execute: async (args, ctx) => (await execute(args, ctx)) as JsonObject,
  })

interface Installable {
  readonly tools: readonly Tool[]
  readonly remote: readonly RemoteAgentTool[]
  readonly settings: Settings
}

function toTools(flows: Readonly<Record<string, string>>, { tools, remote, settings }: Installable): readonly Tool[] {
  const parsed = Object.entries(flows).map(([name, text]) =>
    parseWorkflowFile(text, `workflows/${name}.yaml`, settings),
  )
  const targets: Target[] = [
    ...tools.map((one) => ({ kind: 'task', of: 'tool', tool: one }) as const),
    ...remote.map((one) => ({ kind: 'remote', tool: one }) as const),
  ]
  const workflows = parsed.flatMap(({ workflow }) => workflow ?? [])
  const built = createWorkflows(workflows, { targets, settings })
  const problems = [...parsed.flatMap((one) => one.problems), ...built.problems].map(formatProblem)
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return built.tools
}

interface Installed {
  readonly settings: Settings
  readonly killAfter: InstallOptions['killAfter']
}

function install(connection: Connection, tools: readonly Tool[], { settings, killAfter }: Installed) {
  const store = new RedisTaskStore(connection, settings)
  const claims = new RedisClaimStore(connection, settings)
  const due = new RedisDueStore(connection, settings)
  const workers = new Workers(connection, new Watch(connection), settings)
  const entries = tools.map(toCatalogEntry)
  const findEntry = (name: string) => entries.find((entry) => entry.name === name)
  const woken: string[] = []
  const wakeUps = {
    wake: async (some: readonly { readonly taskId: string }[]) => void woken.push(...some.map(({ taskId }) => taskId)),
  }
  const engine = new Engine({
    ...{ store, wakeUps, settings },
    catalog: { entries: async () => entries, find: async (name) => findEntry(name) },
    openTasks: new RedisOpenTasks(connection),
    onWakeUpLost: () => {},
  })
  /** One activation, with what a worker does after it. */
  const run = async (taskId: string): Promise<void> => {
    const turns = killAfter?.()
    const leaseMs = turns === undefined ? 60_000 : 1
    let claimed = await claims.claim(taskId, { worker: 'w', leaseMs })
    while (claimed.kind === 'busy') {
      await delay(1)
      claimed = await claims.claim(taskId, { worker: 'w', leaseMs })
    }
    if (claimed.kind !== 'claimed') return
    const found = tools.find(({ name }) => name === claimed.head.tool)
    if (!found) throw new Error(`There is no tool '${claimed.head.tool}'.`)
    const running = activate({
      ...{ taskId, claimed, tool: found, settings, findEntry },
      models: { choose: () => 'caller' },
      onToolError: () => {},
      onChildren: (children) => void woken.push(...children.map(({ id }) => id)),
      onWoken: (wakeUps) => void woken.push(...wakeUps.map((wakeUp) => wakeUp.taskId)),
    })
    for (let turn = 0; turn < (turns ?? 0); turn++) await nextTurn()
    if (turns !== undefined) {
      running.stop(new Error('killed'))
      // As the sweeper does when the lease is out.
      woken.push(taskId)
    }
    const ended = await running.ended
    if (ended === 'finished' && claimed.ledger.isOwing) await closeUp({ store, wakeUps }, taskId)
  }
  const outcome = async (taskId: string): Promise<Outcome | undefined> =>
    ((await store.readOutcome(taskId)) as FinishedTask | undefined)?.outcome
  const world = {
    ...{ engine, store, outcome },
    submitWithin: async (name: string, budget: Partial<Budget>) =>
      (await engine.submit({ principal: PRINCIPAL, tool: name, args: {}, audience: EVERYTHING, budget })).id,
    submit: async (name: string, args: JsonObject = {}, audience = EVERYTHING) =>
      (await engine.submit({ principal: PRINCIPAL, tool: name, args, audience })).id,
    submitFor: async (name: string, timeoutMs: number) =>
      (await engine.submit({ principal: PRINCIPAL, tool: name, args: {}, audience: EVERYTHING, timeoutMs })).id,
    inspect: (taskId: string) => engine.inspect(PRINCIPAL, taskId),
    list: async () => (await engine.list(PRINCIPAL)).tasks,
    below: (taskId: string) => engine.inspectBelow(PRINCIPAL, taskId),
    cancel: (taskId: string) => engine.cancel(PRINCIPAL, taskId),
    retry: async (taskId: string) => (await engine.retry({ ...PRINCIPAL, scopes: ['tasks:admin'] }, taskId)).id,
    sweep: () => sweep({ due, store, wakeUps, workers }),
    accept: (taskId: string, key: string, content = {}) =>
      engine.answer(PRINCIPAL, { taskId, key, reply: { kind: 'answer', answer: { action: 'accept', content } } }),
    decline: (taskId: string, key: string) =>
      engine.answer(PRINCIPAL, { taskId, key, reply: { kind: 'answer', answer: { action: 'decline' } } }),
    /** Runs what was woken, and what that wakes, until all can only wait. `until`: or until this is so. */
    settle: async (until: () => boolean = () => false) => {
      while (!until()) {
        const taskId = woken.shift()
        if (taskId === undefined) return
        await run(taskId)
      }
    },
    /** Lets time go on until the task is over. @returns its text, with ERROR before it where it is one */
    comesTo: async (taskId: string): Promise<string> => {
      for (;;) {
        await world.settle()
        const ended = await outcome(taskId)
        if (ended?.kind === 'result')
          return `${ended.result.isError ? 'ERROR ' : ''}${ended.result.content.map((block) => block.text).join()}`
        if (ended) return ended.kind === 'cancelled' ? `cancelled: ${ended.reason}` : `error: ${ended.error.message}`
        await delay(2)
        await world.sweep()
      }
    },
  }
  return world
}
