import { Connection, RedisTaskStore, taskKeys } from '@longhaul/store'
import {
  type BudgetState,
  type JournalEntry,
  type Outcome,
  readSettings,
  type TaskEvent,
  type TaskHead,
  type TaskStatus,
} from '@longhaul/task'
import { Redis } from 'ioredis'

/** What the store has of a task. */
export interface StoredTask {
  readonly taskId: string
  /** Of the planned task, as its arguments have it. */
  readonly label: string
  readonly status: TaskStatus
  readonly outcome: Outcome | undefined
  /** The task that it came after; absent where it is the first. */
  readonly follows?: Follows
  /** Of the first task of which this one is a retry: idempotency keys begin with it. */
  readonly origin: string
  readonly journal: readonly JournalEntry[]
  /** What it has spent with all below it, where it has a budget. */
  readonly budget: BudgetState | undefined
  /** Keys of the waits that are still in the store. */
  readonly openWaits: readonly string[]
  readonly events: readonly TaskEvent[]
}

/** How a task came after another one. `isFromStart`: what that had done was undone, and it does all of it anew. */
interface Follows {
  readonly how: 'retry' | 'undo'
  readonly taskId: string
  readonly isFromStart: boolean
}

/** Looks at what is stored, when nothing writes any more. */
export class StoreReader {
  readonly #redis: Redis
  readonly #connection: Connection
  readonly #tasks: RedisTaskStore

  constructor(url: string) {
    const settings = readSettings({})
    this.#redis = new Redis(url)
    this.#connection = new Connection({ url, settings, whenAway: 'fail' })
    this.#tasks = new RedisTaskStore(this.#connection, settings)
  }

  /** Ids of all tasks below one that was submitted. */
  async below(root: string): Promise<readonly string[]> {
    return (await this.#tasks.readBelow(root)).map(({ id }) => id)
  }

  async read(taskIds: readonly string[]): Promise<readonly StoredTask[]> {
    const events = await this.#events(taskIds)
    return Promise.all(
      taskIds.map(async (taskId) => {
        const [task, journal, budget, waits, args] = await Promise.all([
          this.#tasks.readOutcome(taskId),
          this.#tasks.readJournal(taskId),
          this.#tasks.readBudget(taskId),
          this.#tasks.readWaits(taskId),
          this.#redis.hget(taskKeys(taskId).record, 'args'),
        ])
        if (!task) throw new Error(`The task ${taskId} is gone from the store.`)
        return {
          taskId,
          label: labelIn(args ?? '{}'),
          status: task.status,
          outcome: 'outcome' in task ? task.outcome : undefined,
          ...toFollows(task.head),
          origin: task.head.origin ?? taskId,
          journal,
          budget,
          openWaits: waits.map(({ key }) => key),
          events: events.get(taskId) ?? [],
        }
      }),
    )
  }

  /** How often it was noticed that the store had lost something. */
  async losses(): Promise<number> {
    return Number(await this.#redis.hget('lh:past', 'incarnation'))
  }

  /** Keys that name one of the tasks. */
  async keysOf(taskIds: ReadonlySet<string>): Promise<readonly string[]> {
    const keys = await this.#redis.keys('*')
    return keys.filter((key) => [...taskIds].some((taskId) => key.includes(taskId)))
  }

  async close(): Promise<void> {
    this.#redis.disconnect()
    await this.#connection.close()
  }

  /** Of all partitions that the tasks are in. */
  async #events(taskIds: readonly string[]): Promise<Map<string, TaskEvent[]>> {
    const streams = new Set(taskIds.map((taskId) => taskKeys(taskId).events))
    const rows = (await Promise.all([...streams].map((stream) => this.#redis.xrange(stream, '-', '+')))).flat()
    const events = new Map<string, TaskEvent[]>()
    for (const [, fields] of rows) {
      const { task = '', event = '' } = Object.fromEntries(toPairs(fields))
      const ofTask = events.get(task) ?? []
      ofTask.push(JSON.parse(event) as TaskEvent)
      events.set(task, ofTask)
    }
    return events
  }
}

function toFollows({ undoOf, retriedFrom, isFromStart }: TaskHead): { readonly follows?: Follows } {
  if (undoOf !== undefined) return { follows: { how: 'undo', taskId: undoOf, isFromStart: false } }
  if (retriedFrom === undefined) return {}
  return { follows: { how: 'retry', taskId: retriedFrom, isFromStart: isFromStart === true } }
}

const toPairs = (fields: readonly string[]): [string, string][] =>
  fields.flatMap((field, place) => (place % 2 === 0 ? [[field, fields[place + 1] ?? ''] as [string, string]] : []))

/** The label of the planned task, which its arguments repeat: for an agent, in its prompt. */
function labelIn(args: string): string {
  const { label, prompt } = JSON.parse(args) as { readonly label?: string; readonly prompt?: string }
  if (label !== undefined) return label
  return prompt?.startsWith('{') ? (JSON.parse(prompt) as { readonly label: string }).label : (prompt ?? '')
}
