import {
  type AskDecision,
  type AskingPage,
  type BudgetStanding,
  type BudgetState,
  type Creation,
  type DeadTask,
  type FinishedTask,
  type JournalEntry,
  type NotSent,
  type OutcomeEntry,
  type Owner,
  type Page,
  type Raise,
  type Resolution,
  relayedKey,
  type Settings,
  type Task,
  type TaskDraft,
  type TaskRemains,
  type TaskStore,
  type Wait,
  type WakeUp,
} from '@longhaul/task'
import { listAsking } from './asking.ts'
import { readStandings } from './budget-standings.ts'
import { Budgets } from './budgets.ts'
import type { Connection } from './connection.ts'
import { toCreateCall } from './creation.ts'
import { parseJournalText, toJournalText, toJournalTexts } from './journal-text.ts'
import { ownerTag, taskKeys } from './keys.ts'
import { listDead } from './list-dead.ts'
import { listTasks, type PageRequest } from './list-tasks.ts'
import type { WhenFull } from './patience.ts'
import { keepUntil, parseFinished, parseTask, retentionMs, shorten, TASK_FIELDS } from './record.ts'
import { CANCEL_ANSWERS, PAUSE_ANSWERS, RESOLUTIONS, RESUME_ANSWERS, STEER_ANSWERS } from './script-answers.ts'
import { newCallName, type ScriptCall } from './scripts.ts'
import { parseWaitValue } from './wait-value.ts'

/** The truth about tasks in Redis. Every change is one script of lua/. */
export class RedisTaskStore implements TaskStore {
  readonly #connection: Connection
  readonly #settings: Settings
  readonly #whenFull: WhenFull
  readonly #budgets: Budgets
  /** Owners who had as many open tasks as they may when they last submitted one here. */
  readonly #full = new Set<string>()

  /** @param whenFull whether changes wait for a store that is full, where their process waits at all */
  constructor(connection: Connection, settings: Settings, whenFull: WhenFull = {}) {
    this.#connection = connection
    this.#settings = settings
    this.#whenFull = whenFull
    this.#budgets = new Budgets({ connection, settings, store: this, whenFull })
  }

  async create(draft: TaskDraft, wake?: () => Promise<void>): Promise<Creation> {
    const owner = ownerTag(draft.head.owner)
    const call = toCreateCall(draft, { past: this.#connection.pastOf(draft.id), settings: this.#settings })
    // Where it may well be refused it is not woken before that is known: a wake-up for nothing is work for a worker.
    const isSure = !draft.idempotency && !this.#full.has(owner)
    const { reply, isFollowed } = await this.#connection.callFollowed(call, isSure ? wake : undefined, this.#whenFull)
    const [kind, taskId = ''] = reply as [Creation['kind'], string?]
    if (kind === 'too_many') this.#full.add(owner)
    if (kind === 'created') this.#full.delete(owner)
    if (kind === 'known') return { kind, taskId }
    return kind !== 'created' && kind !== 'exists' ? { kind } : { kind, ...(isFollowed && { isWoken: true }) }
  }

  async read(taskId: string): Promise<Task | undefined> {
    const { record } = taskKeys(taskId)
    return parseTask(taskId, await this.#connection.send((redis) => redis.hmget(record, ...TASK_FIELDS)))
  }

  async readOutcome(taskId: string): Promise<Task | FinishedTask | undefined> {
    const { record } = taskKeys(taskId)
    return parseFinished(taskId, await this.#connection.send((redis) => redis.hmget(record, ...TASK_FIELDS, 'outcome')))
  }

  list(owner: Owner, page: PageRequest): Promise<Page> {
    return listTasks(this.#connection, owner, page)
  }

  listAsking(page: AskingPage): Promise<Page> {
    return listAsking(this.#connection, page)
  }

  listDead(limit: number, owner?: Owner): Promise<readonly DeadTask[]> {
    return listDead(this.#connection, limit, owner)
  }

  async readRemains(taskId: string): Promise<TaskRemains | undefined> {
    const { record } = taskKeys(taskId)
    const [args, broken] = await this.#connection.send((redis) => redis.hmget(record, 'args', 'broken'))
    if (!args) return undefined
    return { args: JSON.parse(args), journal: await this.readJournal(taskId), isBroken: broken === '1' }
  }

  async readWaits(taskId: string): Promise<readonly Wait[]> {
    const { waits } = taskKeys(taskId)
    return (await this.#connection.send((redis) => redis.hvals(waits))).map(parseWaitValue)
  }

  async readJournal(taskId: string): Promise<readonly JournalEntry[]> {
    const { journal, values } = taskKeys(taskId)
    const [texts, large] = (await this.#connection.pipeline((pipeline) => {
      pipeline.lrange(journal, 0, -1)
      pipeline.hgetall(values)
    })) as [string[], Record<string, string>]
    const valuesByHash = new Map(Object.entries(large))
    return texts.map((text) => parseJournalText(text, valuesByHash))
  }

  async resolve(
    taskId: string,
    entry: OutcomeEntry,
    ancestors: readonly string[] = [],
    wake?: () => Promise<void>,
  ): Promise<Resolution> {
    const { record, journal, waits, due, events, delivery, values } = taskKeys(taskId)
    const { text, large } = toJournalText(entry, this.#settings.maxInlineBytes)
    const call: ScriptCall = {
      script: 'resolve',
      keys: [record, journal, waits, due, events, delivery, values, ...keysAbove(ancestors)],
      args: [
        ...[taskId, entry.key, text, this.#settings.wakeGraceMs],
        ancestors.length > 0 ? relayedKey(taskId, entry.key) : '',
        ...(large ? [large.hash, large.value] : []),
      ],
    }
    const { reply, isFollowed } = await this.#connection.callFollowed(call, wake, this.#whenFull)
    const resolution = RESOLUTIONS.get(reply) ?? 'not_open'
    return resolution === 'wake' && isFollowed ? 'told' : resolution
  }

  async hear(taskId: string, entries: readonly OutcomeEntry[], known: number): Promise<void> {
    const { record, journal, values } = taskKeys(taskId)
    const { records, large } = toJournalTexts(entries, this.#settings.maxInlineBytes)
    const args = [known, records.length, ...records, ...large]
    await this.#call({ script: 'hear', keys: [record, journal, values], args })
  }

  async refuseAnswer(taskId: string, key: string, reason: string): Promise<number> {
    const { record, waits, events, delivery } = taskKeys(taskId)
    const call = {
      script: 'refuse',
      keys: [record, waits, events, delivery],
      args: [taskId, key, shorten(reason, this.#settings), newCallName()],
    } as const
    return Number(await this.#call(call))
  }

  async cancel(task: Task, reason: string): Promise<'cancelled' | 'owing' | 'terminal' | 'gone'> {
    const { record, waits, due, events, delivery, open } = taskKeys(task.id)
    const outcome = JSON.stringify({ kind: 'cancelled', reason })
    const answer = await this.#call({
      script: 'cancel',
      keys: [record, waits, due, events, delivery, open],
      args: [
        ...[
          task.id,
          outcome,
          shorten(reason, this.#settings),
          keepUntil(task.head),
          retentionMs(task.head, this.#settings),
        ],
        ownerTag(task.head.owner),
      ],
    })
    return CANCEL_ANSWERS.get(answer) ?? 'gone'
  }

  async pause(taskId: string, above = taskId): Promise<'paused' | 'apart' | 'full' | 'terminal' | 'gone'> {
    const { record, journal, due, events } = taskKeys(taskId)
    const { maxInlineBytes, maxJournalEntries } = this.#settings
    const mark: JournalEntry = { type: 'paused', key: 'pause', kind: 'pause', input: '', at: Date.now() }
    const answer = await this.#call({
      script: 'pause',
      keys: [record, journal, due, events, taskKeys(above).record],
      args: [taskId, toJournalText(mark, maxInlineBytes).text, newCallName(), maxJournalEntries],
    })
    return PAUSE_ANSWERS.get(answer) ?? 'gone'
  }

  async resume(
    taskId: string,
    above = taskId,
  ): Promise<'wake' | 'told' | 'not_paused' | 'apart' | 'terminal' | 'gone'> {
    const { record, due, events } = taskKeys(taskId)
    const keys = [record, due, events, taskKeys(above).record]
    const args = [taskId, this.#settings.wakeGraceMs, newCallName()]
    const answer = await this.#call({ script: 'resume', keys, args })
    return RESUME_ANSWERS.get(answer) ?? 'gone'
  }

  async steer(
    taskId: string,
    { key, text }: { readonly key: string; readonly text: string },
  ): Promise<'sent' | NotSent> {
    const { record, journal, events } = taskKeys(taskId)
    // finish.lua looks at its beginning.
    const steered: JournalEntry = { type: 'steered', key, kind: 'steer', input: '', at: Date.now(), text }
    const args = [taskId, key, toJournalText(steered, this.#settings.maxInlineBytes).text, this.#settings.maxSteers]
    const answer = await this.#call({ script: 'steer', keys: [record, journal, events], args })
    return STEER_ANSWERS.get(answer) ?? 'gone'
  }

  async readBelow(root: string): Promise<readonly Task[]> {
    const ids = await this.#connection.send((redis) => redis.smembers(taskKeys(root).below))
    if (ids.length === 0) return []
    const rows = await this.#connection.pipeline((pipeline) => {
      for (const id of ids) pipeline.hmget(taskKeys(id).record, ...TASK_FIELDS)
    })
    const tasks = ids.flatMap((id, place) => parseTask(id, rows[place] as (string | null)[]) ?? [])
    return tasks.sort((a, b) => a.head.createdAt - b.head.createdAt || (a.id < b.id ? -1 : 1))
  }

  async close({ id, head }: Task): Promise<void> {
    const { record, due, events } = taskKeys(id)
    const keys = [record, due, events, ...keysAbove(head.lineage?.ancestors ?? [])]
    await this.#call({ script: 'close', keys, args: [id] })
  }

  readBudget(taskId: string): Promise<BudgetState | undefined> {
    return this.#budgets.read(taskId)
  }

  readStandings(task: Task): Promise<readonly BudgetStanding[]> {
    return readStandings(this.#connection, task, this.#settings)
  }

  closeAsk(raise: Raise, decision: AskDecision): Promise<readonly WakeUp[] | undefined> {
    return this.#budgets.closeAsk(raise, decision)
  }

  releaseBudgets(task: Task): Promise<readonly WakeUp[]> {
    return this.#budgets.release(task)
  }

  async adopt(taskId: string, session: string): Promise<void> {
    await this.#call({ script: 'adopt', keys: [taskKeys(taskId).record], args: [taskId, session] })
  }

  #call(call: ScriptCall): Promise<unknown> {
    return this.#connection.call(call, this.#whenFull)
  }
}

/** Of each of the tasks above one, what has to do with the questions that it shows. */
const keysAbove = (ancestors: readonly string[]): string[] =>
  ancestors.flatMap((id) => {
    const { record, waits, delivery } = taskKeys(id)
    return [record, waits, delivery]
  })
