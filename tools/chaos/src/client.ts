import { setTimeout as delay } from 'node:timers/promises'
import type { JsonObject } from '@longhaul/task'
import { type AnswerSeen, answerTo, parseQuestionId } from './answers.ts'
import type { Submission } from './evidence.ts'
import { PEOPLE, type PlannedTask } from './plan.ts'
import { Session, TryAgain, type WireMessage } from './wire.ts'

/** A task, and whose it is. */
export interface Submitted {
  readonly taskId: string
  readonly person: number
}

/** What the client knows of a task. */
export interface TaskSeen extends Submitted {
  /** In the order in which lists showed them, each change once. */
  readonly statuses: string[]
  /** What `tasks/result` said in the end. */
  told?: WireMessage
  /** It asked for the task to be cancelled; `toldAt`: when it was told that it is, in Unix ms. */
  cancel?: { readonly toldAt?: number }
}

export interface ClientOptions {
  readonly seed: string
  readonly addresses: () => readonly string[]
  readonly labelOf: (taskId: string) => string | undefined
  readonly ttlMs: number
  /** Resolves when the question may be answered. */
  readonly untilDue: (label: string, key: string) => Promise<unknown>
  readonly signal: AbortSignal
}

/** API keys of the people, as LONGHAUL_API_KEYS takes them. */
export const API_KEYS = PEOPLE.map((name) => `${name}=${keyOf(name)}`).join(',')

/** Longest time that a submission is refused. */
const PATIENCE_MS = 30_000
/** Time between two looks at all tasks. */
const LOOK_MS = 700

/** Some people with their MCP clients: they submit tasks, answer what they are asked, and wait for the ends. */
export class Client {
  readonly tasks = new Map<string, TaskSeen>()
  readonly answers: AnswerSeen[] = []
  readonly submissions: Submission[] = []
  readonly #options: ClientOptions
  readonly #sessions: readonly Session[]
  readonly #following = new Map<string, Promise<void>>()
  readonly #known = new Map<string, PromiseWithResolvers<Submitted>>()
  readonly #failed = Promise.withResolvers<never>()

  constructor(options: ClientOptions) {
    this.#options = options
    this.#sessions = PEOPLE.map((name) => new Session({ ...options, key: keyOf(name) }))
    this.#failed.promise.catch(() => {})
  }

  /** Rejects when a coordinator said what none should say. */
  get failed(): Promise<never> {
    return this.#failed.promise
  }

  /**
   * Makes a task and follows it to its end. It is submitted under a key until a coordinator has told its id, and some
   * are submitted once more: it is one task all the same. Resolves to its id.
   */
  async run(planned: PlannedTask): Promise<string> {
    const taskIds: string[] = []
    this.submissions.push({ label: planned.label, taskIds })
    const taskId = await this.#submit(planned)
    taskIds.push(taskId)
    this.#submitted(planned.label).resolve({ taskId, person: planned.person })
    if (planned.isSubmittedTwice) taskIds.push(await this.#submit(planned))
    await Promise.all(taskIds.map((one) => this.follow(one, planned.person)))
    return taskId
  }

  /** Answers what the task asks until it has ended. */
  follow(taskId: string, person: number): Promise<void> {
    let following = this.#following.get(taskId)
    if (!following) {
      this.tasks.set(taskId, { taskId, person, statuses: [] })
      following = this.#follow(taskId, this.#session(person))
      following.catch(this.#failed.reject)
      this.#following.set(taskId, following)
    }
    return following
  }

  /** Resolves when every task has ended, also those that came of others. */
  async idle(): Promise<void> {
    for (let known = -1; known < this.#following.size; ) {
      known = this.#following.size
      await Promise.all(this.#following.values())
      await this.look()
    }
  }

  /** Whether its client was told that it came to nothing good. */
  hasFailed(taskId: string): boolean {
    const { result, error } = this.tasks.get(taskId)?.told ?? {}
    return error !== undefined || result?.isError === true
  }

  /** A planned task, as soon as its client knows of it. */
  async taskOf(label: string): Promise<Submitted> {
    return this.#submitted(label).promise
  }

  /** The response to one of Longhaul's own requests. */
  request(person: number, method: string, params: object): Promise<WireMessage> {
    return this.#session(person).insistOwn(method, params)
  }

  async cancel(taskId: string): Promise<void> {
    const task = this.tasks.get(taskId)
    if (!task || task.cancel) return
    task.cancel = {}
    const { result } = await this.#session(task.person).insist('tasks/cancel', { taskId })
    if (result) task.cancel = { toldAt: Date.now() }
  }

  /** Looks at all tasks again and again: notes what becomes of them, and follows those that it did not know. */
  async watch(until: AbortSignal): Promise<void> {
    while (!until.aborted) {
      await this.look()
      await delay(LOOK_MS, undefined, { signal: until }).catch(() => {})
    }
  }

  /** Looks at all tasks once. */
  async look(): Promise<void> {
    await Promise.all(PEOPLE.map((_, person) => this.#list(person)))
  }

  async #list(person: number): Promise<void> {
    const { result } = await this.#session(person).insist('tasks/list', {})
    for (const { taskId, status } of (result?.tasks ?? []) as readonly { taskId: string; status: string }[]) {
      void this.follow(taskId, person)
      const statuses = this.tasks.get(taskId)?.statuses
      if (statuses?.at(-1) !== status) statuses?.push(status)
    }
  }

  async #submit(planned: PlannedTask): Promise<string> {
    const session = this.#session(planned.person)
    const { label } = planned
    const since = Date.now()
    for (;;) {
      const { result, error } = await session.insist('tools/call', {
        ...toCall(planned),
        task: { ttl: this.#options.ttlMs },
        _meta: { progressToken: label, 'dev.longhaul/idempotencyKey': label, ...budgetOf(planned) },
      })
      const { taskId } = (result?.task ?? {}) as { readonly taskId?: string }
      if (taskId !== undefined) return taskId
      // A store that is away is a refusal, and the same request is welcome a little later.
      const refused = `The submission of ${label} was refused: ${error?.message}`
      await session.pause(Date.now() - since < PATIENCE_MS ? new TryAgain(refused) : new Error(refused))
    }
  }

  async #follow(taskId: string, session: Session): Promise<void> {
    for (;;) {
      try {
        for await (const message of session.stream('tasks/result', { taskId })) {
          if (message.method === undefined) {
            const task = this.tasks.get(taskId)
            if (task) task.told = message
            return
          }
          if (message.id !== undefined) void this.#answer(session, message, message.id).catch(this.#failed.reject)
        }
      } catch (error) {
        await session.pause(error)
      }
    }
  }

  async #answer(session: Session, message: WireMessage, id: string | number): Promise<void> {
    const { taskId, key } = parseQuestionId(id)
    const { seed, labelOf, untilDue } = this.#options
    const label = labelOf(taskId) ?? ''
    const answer = answerTo(seed, { taskId, key, label, message })
    await untilDue(label, key)
    this.answers.push({ taskId, key, at: Date.now(), answer })
    await session.answer(id, answer)
  }

  #submitted(label: string): PromiseWithResolvers<Submitted> {
    const submitted = this.#known.get(label) ?? Promise.withResolvers()
    this.#known.set(label, submitted)
    return submitted
  }

  #session(person: number): Session {
    const session = this.#sessions[person]
    if (!session) throw new Error(`There is no person ${person}.`)
    return session
  }
}

function keyOf(name: string): string {
  return `${name}-0123456789abcdef`
}

const budgetOf = ({ budget }: PlannedTask): JsonObject => (budget ? { 'dev.longhaul/budget': { ...budget } } : {})

/** The call that makes a planned task. */
function toCall(planned: PlannedTask): { readonly name: string; readonly arguments: JsonObject } {
  const { label } = planned
  switch (planned.kind) {
    case 'program': {
      const { tool, program } = planned
      return { name: tool, arguments: { label, prefix: '', program: JSON.stringify(program) } }
    }
    case 'post':
      return { name: 'post', arguments: { label, step: '!run', ms: planned.ms } }
    case 'agent':
      return { name: planned.tool, arguments: { prompt: JSON.stringify(planned.script) } }
    case 'workflow': {
      const bookings = planned.bookings.map((program) => JSON.stringify(program))
      return { name: planned.tool, arguments: { label, bookings } }
    }
    case 'scripted_agent':
      return { name: 'scripted_agent', arguments: { prompt: label } }
  }
}
