import type {
  FinishedTask,
  JournalEntry,
  OutcomeEntry,
  Owner,
  Page,
  Settings,
  Task,
  TaskDraft,
  TaskStore,
  Wait,
} from '@longhaul/task'
import type { Connection } from './connection.ts'
import { parseCursor, toCursor } from './cursor.ts'
import { ownerIndexKey, taskKeys } from './keys.ts'
import { parseFinished, parseTask, summarize, TASK_FIELDS } from './record.ts'
import { parseWaitValue } from './wait-value.ts'

/** Ids read around a cursor whose own task is gone, to step over others of the same millisecond. */
const SAME_MILLISECOND = 1000

/** The truth about tasks in Redis. Every change is one script of lua/. */
export class RedisTaskStore implements TaskStore {
  readonly #connection: Connection
  readonly #settings: Settings

  constructor(connection: Connection, settings: Settings) {
    this.#connection = connection
    this.#settings = settings
  }

  async create(draft: TaskDraft): Promise<'created' | 'exists'> {
    const { record, due, events, waits, delivery } = taskKeys(draft.id)
    const { head } = draft
    const over = draft.outcome ? summarize(draft.outcome) : undefined
    const created = await this.#connection.call({
      script: 'create',
      keys: [record, ownerIndexKey(head.owner), due, events, waits, delivery],
      args: [
        draft.id,
        JSON.stringify(head),
        JSON.stringify(draft.args),
        draft.session ?? '',
        head.createdAt,
        this.#settings.wakeGraceMs,
        over?.status ?? '',
        draft.outcome ? JSON.stringify(draft.outcome) : '',
        over?.isError ?? '',
        over?.message ?? '',
        head.createdAt + head.ttlMs,
        this.#settings.resultRetentionMs,
      ],
    })
    return created === 1 ? 'created' : 'exists'
  }

  async read(taskId: string): Promise<Task | undefined> {
    const { record } = taskKeys(taskId)
    return parseTask(taskId, await this.#connection.send((redis) => redis.hmget(record, ...TASK_FIELDS)))
  }

  async readOutcome(taskId: string): Promise<Task | FinishedTask | undefined> {
    const { record } = taskKeys(taskId)
    return parseFinished(taskId, await this.#connection.send((redis) => redis.hmget(record, ...TASK_FIELDS, 'outcome')))
  }

  async list(owner: Owner, { cursor, limit }: { readonly cursor?: string; readonly limit: number }): Promise<Page> {
    const ids = await this.#idsAfter(ownerIndexKey(owner), cursor, limit + 1)
    const page = ids.slice(0, limit)
    const rows = await this.#connection.pipeline((pipeline) => {
      for (const id of page) pipeline.hmget(taskKeys(id).record, ...TASK_FIELDS)
    })
    const tasks = page.flatMap((id, place) => parseTask(id, rows[place] as (string | null)[]) ?? [])
    const last = tasks.at(-1)
    if (ids.length <= limit || !last) return { tasks }
    return { tasks, nextCursor: toCursor({ createdAt: last.head.createdAt, taskId: last.id }) }
  }

  /** By rank where the cursor's task still exists, else by its creation time. */
  async #idsAfter(index: string, cursor: string | undefined, count: number): Promise<string[]> {
    if (cursor === undefined) return this.#connection.send((redis) => redis.zrevrange(index, 0, count - 1))
    const { createdAt, taskId } = parseCursor(cursor)
    const rank = await this.#connection.send((redis) => redis.zrevrank(index, taskId))
    if (rank !== null) return this.#connection.send((redis) => redis.zrevrange(index, rank + 1, rank + count))
    const around = await this.#connection.send((redis) =>
      redis.zrevrangebyscore(index, createdAt, '-inf', 'WITHSCORES', 'LIMIT', 0, count + SAME_MILLISECOND),
    )
    const ids = around.filter((_, place) => place % 2 === 0)
    const isAfter = (id: string, place: number) => Number(around[2 * place + 1]) < createdAt || id < taskId
    return ids.filter(isAfter).slice(0, count)
  }

  async readWaits(taskId: string): Promise<readonly Wait[]> {
    const { waits } = taskKeys(taskId)
    return (await this.#connection.send((redis) => redis.hvals(waits))).map(parseWaitValue)
  }

  async readJournal(taskId: string): Promise<readonly JournalEntry[]> {
    const { journal } = taskKeys(taskId)
    return (await this.#connection.send((redis) => redis.lrange(journal, 0, -1))).map((entry) => JSON.parse(entry))
  }

  async resolve(taskId: string, entry: OutcomeEntry): Promise<'wake' | 'told' | 'not_open'> {
    const { record, journal, waits, due, events, delivery } = taskKeys(taskId)
    const answer = await this.#connection.call({
      script: 'resolve',
      keys: [record, journal, waits, due, events, delivery],
      args: [taskId, entry.key, JSON.stringify(entry), this.#settings.wakeGraceMs],
    })
    return answer === 1 ? 'wake' : answer === 2 ? 'told' : 'not_open'
  }

  async refuseAnswer(taskId: string, key: string, reason: string): Promise<number> {
    const { record, waits, events, delivery } = taskKeys(taskId)
    const call = { script: 'refuse', keys: [record, waits, events, delivery], args: [taskId, key, reason] } as const
    return Number(await this.#connection.call(call))
  }

  async cancel(task: Task, reason: string): Promise<'cancelled' | 'terminal' | 'gone'> {
    const { record, waits, due, events, delivery } = taskKeys(task.id)
    const keepUntil = task.head.createdAt + task.head.ttlMs
    const outcome = JSON.stringify({ kind: 'cancelled', reason })
    const answer = await this.#connection.call({
      script: 'cancel',
      keys: [record, waits, due, events, delivery],
      args: [task.id, outcome, reason, keepUntil, this.#settings.resultRetentionMs],
    })
    return answer === 1 ? 'cancelled' : answer === 0 ? 'terminal' : 'gone'
  }

  async adopt(taskId: string, session: string): Promise<void> {
    await this.#connection.call({ script: 'adopt', keys: [taskKeys(taskId).record], args: [taskId, session] })
  }
}
