import { Engine } from '@longhaul/engine'
import type { Model } from '@longhaul/models'
import {
  activate,
  type Ended,
  type Generate,
  type ModelChooser,
  type Running,
  type Tool,
  toCatalogEntry,
} from '@longhaul/runtime'
import { Connection, RedisClaimStore, RedisTaskStore } from '@longhaul/store'
import {
  type Answer,
  type Audience,
  type Budget,
  type CatalogEntry,
  type Conversation,
  isToolUse,
  type JournalEntry,
  newTaskId,
  type Outcome,
  outcomeAtDeadline,
  type Principal,
  readSettings,
  renderTranscript,
  type TaskDraft,
  type ToolResult,
} from '@longhaul/task'
import { findKeyLeaks, startTestStore } from '@longhaul/testbed'
import { afterAll, afterEach, expect } from 'vitest'

const settings = readSettings({})
const principal: Principal = { owner: { issuer: 'test', subject: 'anna' }, scopes: [] }
/** So short that a dropped activation can be followed by the next at once. */
const LEASE_MS = 1

/** A worker whose every move the test makes. */
export interface World {
  begin(
    tool: Tool,
    given: {
      readonly models: ModelChooser
      readonly audience?: Audience
      readonly budget?: Budget
      /** What it can call as tasks of their own. */
      readonly callable?: readonly CatalogEntry[]
    },
  ): Promise<RunningTask>
}

/** A task that runs an agent. */
interface RunningTask {
  /** Starts an activation. `tool`: another build of the tool than the task began with. */
  activate(tool?: Tool): Promise<Running>
  /** Runs until the task can only wait or is over. */
  run(tool?: Tool): Promise<Ended>
  answer(key: string, answer: Answer): Promise<void>
  /** Ends a timer as its deadline does, now. */
  elapse(key: string): Promise<void>
  /** Sends a message to its model. */
  steer(message: string): Promise<unknown>
  journal(): Promise<readonly JournalEntry[]>
  /** Keys of the open questions, in order. */
  questions(): Promise<string[]>
  /** What the client's model is shown for an open question. @throws Error when a tool call and its result do not match */
  conversation(key: string): Promise<Conversation>
  /** Milliseconds that an open question stays open. */
  openFor(key: string): Promise<number>
  /** Message of an open question to a person. */
  form(key: string): Promise<string>
  /** Tasks that it has called, in order; nobody runs them. */
  readonly children: readonly TaskDraft[]
  /** Ends what it waits for under the key of a call. */
  settleChild(key: string, outcome: { readonly value: ToolResult } | { readonly error: string }): Promise<void>
  progress(): Promise<{ readonly progress: number; readonly message?: string } | undefined>
  result(): Promise<ToolResult>
  /** A new task from what this one did well. */
  retry(): Promise<RunningTask>
}

/**
 * A real store for a test file, and such a worker. After each test no key may be left that should not be; then the store
 * is emptied.
 */
export async function openWorld(): Promise<World> {
  const testStore = await startTestStore()
  const connection = new Connection({ url: testStore.url, settings, whenAway: 'fail' })
  const store = new RedisTaskStore(connection, settings)
  const claims = new RedisClaimStore(connection, settings)
  afterEach(async () => {
    const leaks = await findKeyLeaks(testStore.url)
    await testStore.flush()
    expect(leaks).toEqual([])
  })
  afterAll(async () => {
    await connection.close()
    await testStore.stop()
  })
  const catalog: CatalogEntry[] = []
  const engine = new Engine({
    store,
    wakeUps: { wake: async () => {} },
    catalog: { entries: async () => catalog, find: async (name) => catalog.find((entry) => entry.name === name) },
    openTasks: { total: () => 0 },
    settings,
    onWakeUpLost: () => {},
  })

  async function claim(taskId: string) {
    for (;;) {
      const claimed = await claims.claim(taskId, { worker: 'worker', leaseMs: LEASE_MS })
      if (claimed.kind === 'claimed') return claimed
      if (claimed.kind === 'over') throw new Error('There is nothing to do for the task.')
    }
  }

  function open(
    id: string,
    { tool, models, callable }: { tool: Tool; models: ModelChooser; callable: readonly CatalogEntry[] },
  ): RunningTask {
    const children: TaskDraft[] = []
    const start = async (build = tool) => {
      const claimed = await claim(id)
      const onToolError = (error: unknown) => console.error(error)
      return activate({
        taskId: id,
        claimed,
        tool: build,
        models,
        settings,
        findEntry: (name) => callable.find((entry) => entry.name === name),
        describeUnderUndo: async () => undefined,
        onChildren: (made) => void children.push(...made),
        onWoken: () => {},
        onToolError,
      })
    }
    const question = async (key: string) => {
      const wait = (await store.readWaits(id)).find((open) => open.key === key)
      if (wait?.wait !== 'question') throw new Error(`No question '${key}' is open.`)
      return wait
    }
    return {
      children,
      settleChild: async (key, outcome) => {
        const wait = (await store.readWaits(id)).find((open) => open.key === key)
        if (!wait) throw new Error(`Nothing is waited for under '${key}'.`)
        const { kind, input } = wait
        const entry = { key, kind, input, at: Date.now() }
        const value = 'value' in outcome ? (outcome.value as never) : undefined
        const error = { message: 'error' in outcome ? outcome.error : '' }
        await store.resolve(id, value ? { ...entry, type: 'value', value } : { ...entry, type: 'error', error })
      },
      activate: start,
      run: async (build) => (await start(build)).ended,
      answer: (key, answer) => engine.answer(principal, { taskId: id, key, reply: { kind: 'answer', answer } }),
      elapse: async (key) => {
        const wait = (await store.readWaits(id)).find((open) => open.key === key)
        if (wait) await store.resolve(id, outcomeAtDeadline(wait, Date.now()))
      },
      steer: (message) => engine.steer(principal, { taskId: id, message }),
      journal: () => store.readJournal(id),
      questions: async () => (await store.readWaits(id)).map(({ key }) => key).sort(),
      conversation: async (key) => {
        const { question: asked } = await question(key)
        if (asked.method !== 'sampling/createMessage') throw new Error(`'${key}' does not ask a model.`)
        return checkBalance(renderTranscript(asked.said, { taskId: id, journal: await store.readJournal(id) }))
      },
      openFor: async (key) => {
        const { at, deadline } = await question(key)
        return deadline - at
      },
      form: async (key) => {
        const { question: asked } = await question(key)
        return asked.method === 'elicitation/create' ? asked.message : ''
      },
      progress: async () => (await store.read(id))?.progress,
      retry: async () => open((await engine.retry(principal, id)).id, { tool, models, callable }),
      result: async () => {
        const task = await store.readOutcome(id)
        const outcome: Outcome | undefined = task && 'outcome' in task ? task.outcome : undefined
        if (outcome?.kind !== 'result') throw new Error(`The task has no result: ${JSON.stringify(outcome)}`)
        return outcome.result
      },
    }
  }

  return {
    async begin(tool, { models, audience = { sampling: 'tools', elicitation: true }, callable = [], budget }) {
      const id = newTaskId(principal.owner)
      const { owner } = principal
      const head = {
        tool: tool.name,
        definition: '',
        queue: tool.queue,
        owner,
        createdAt: Date.now(),
        ttlMs: 0,
        audience,
        ...(tool.steerable && { steerable: true as const }),
        ...(budget && { budget }),
      }
      await store.create({ id, head, args: { prompt: 'Do it.' } })
      catalog.push(toCatalogEntry(tool))
      return open(id, { tool, models, callable })
    },
  }
}

/** A worker's own model, which also keeps what it was asked. */
export function modelChooser(model: Pick<Model, 'generate'>): ModelChooser & { readonly asked: Conversation[] } {
  const asked: Conversation[] = []
  const generate: Generate = ({ messages, options }, { signal }) => {
    asked.push(checkBalance({ messages, options }))
    return model.generate({ messages, ...options }, { signal })
  }
  return { asked, choose: () => generate }
}

export const callerModel: ModelChooser = { choose: () => 'caller' }

/**
 * What every provider insists on: right after a turn with tool calls one message with just their results. Only after that
 * can another one of the user come.
 */
function checkBalance(conversation: Conversation): Conversation {
  const { messages } = conversation
  const seen = new Set<string>()
  for (const [place, { role, content }] of messages.entries()) {
    const before = messages[place - 1]
    const isAfterResults = before?.content.every(({ type }) => type === 'tool_result') ?? false
    const isInTurn = role !== (before?.role ?? 'assistant') || (role === 'user' && isAfterResults)
    if (!isInTurn) throw new Error(`Message ${place + 1} is of the ${role}.`)
    const uses = content.filter(isToolUse).map(({ id }) => id)
    if (uses.some((id) => seen.has(id)) || new Set(uses).size < uses.length) throw new Error(`Again: ${uses}`)
    for (const id of uses) seen.add(id)
    const answered = messages[place + 1]?.content.map((block) =>
      block.type === 'tool_result' ? block.toolUseId : 'no',
    )
    if (uses.length > 0 && String(answered) !== String(uses)) throw new Error(`Calls ${uses}, results ${answered}`)
  }
  return conversation
}
