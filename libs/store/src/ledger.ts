import {
  type BudgetRequest,
  type Delta,
  type HandBack,
  type JournalEntry,
  type Ledger,
  type LedgerWrite,
  type LogLevel,
  type Outcome,
  type OutcomeEntry,
  outcomeAtDeadline,
  type Progress,
  type Raise,
  type Saved,
  type Settings,
  type Stale,
  type StepKind,
  type TaskEvent,
  type TaskHead,
  type Unsettled,
  type Wait,
  type WakeUp,
} from '@longhaul/task'
import { asksPeople } from './asking.ts'
import { toAwaitCall } from './await-budget.ts'
import { needsBranch, toBranchCall } from './branch.ts'
import type { Connection } from './connection.ts'
import type { JournalCache, KnownTask } from './journal-cache.ts'
import { parseJournalText, toJournalText, toValues } from './journal-text.ts'
import { deltaChannel, ownerTag, type TaskKeys, taskKeys } from './keys.ts'
import { keepUntil, retentionMs, shorten, summarize } from './record.ts'
import { tellResourceUpdated } from './resource-watch.ts'
import { withGoodRecords } from './retried-child.ts'
import { isSpending, type SpendReply, toSpendCall, toSpent } from './spend.ts'
import { RedisTaskStore } from './task-store.ts'
import { toWaitValue } from './wait-value.ts'

const STALE: Stale = { kind: 'stale' }

const TIMER_KINDS: ReadonlySet<StepKind> = new Set(['sleep', 'retry', 'timeout', 'budget'])
/** Records that are appended without looking further; more would be too many arguments for one command. */
const MOST_PLAIN_RECORDS = 1000

export interface Claim {
  readonly taskId: string
  readonly token: string
  readonly head: TaskHead
  /** As it was claimed; its journal grows with what this claim writes and learns. */
  readonly known: KnownTask
  /** Keeps what is known for the next claim of this process. */
  readonly cache: JournalCache
  /** Told of a write that came too late: the claim is not the newest any more. */
  readonly onRefused: () => void
}

/** A write as it goes out. */
interface Sent {
  readonly records: readonly string[]
  /** Those that the store may not have yet, by hash. */
  readonly values: ReadonlyMap<string, string>
  /** Keys of those that the activation ended itself. */
  readonly timers: readonly string[]
  readonly waits: readonly Wait[]
}

/** The fifth: what stands in the journal after all others, since children were refused. */
type BranchReply = ['stale'] | ['saved', string[], string[], number, string[]]

type WriteReply = ['stale'] | ['saved' | 'resumed' | 'suspended', string[], string[], number]

type HandBackReply = ['handed_back' | 'paused', string[], string[], number]

/** A claim's hand on its task. Writes are to be made one at a time: each counts on what the last one learnt. */
export class RedisLedger implements Ledger {
  readonly #connection: Connection
  readonly #settings: Settings
  readonly #claim: Claim
  readonly #keys: TaskKeys
  #known: number
  /** Whether the copy of the journal is in the order of the journal. */
  #isInOrder = true
  #isOwing = false

  constructor(connection: Connection, settings: Settings, claim: Claim) {
    this.#connection = connection
    this.#settings = settings
    this.#claim = claim
    this.#keys = taskKeys(claim.taskId)
    this.#known = claim.known.journal.length
  }

  get known(): number {
    return this.#known
  }

  get journalBytes(): number {
    return this.#claim.known.journal.bytes
  }

  get isOwing(): boolean {
    return this.#isOwing
  }

  async save(write: LedgerWrite): Promise<Saved | Stale> {
    if (isSpending(write)) return this.#spend(write)
    if (needsBranch(write, this.#claim.head)) return this.#branch(write)
    const { record, journal, waits, events, values, asking } = this.#keys
    const { taskId, token, head } = this.#claim
    const sent = this.#toSent(write)
    const appended = isPlain(sent) ? await this.#append(sent) : 'changed'
    if (appended !== 'changed') return appended
    const reply = await this.#call<WriteReply>({
      script: 'save',
      keys: [record, journal, waits, events, values, asking],
      args: [taskId, token, asksPeople(write.waits, head) ? '1' : '', ...this.#toArgs(sent)],
    })
    return reply[0] === 'stale' ? STALE : { kind: 'saved', tail: this.#learn(sent, reply) }
  }

  async suspend(
    write: LedgerWrite & { readonly dueAt: number } & Unsettled,
  ): Promise<
    { readonly kind: 'suspended' } | { readonly kind: 'resumed'; readonly tail: readonly JournalEntry[] } | Stale
  > {
    if (isSpending(write) || needsBranch(write, this.#claim.head)) {
      const saved = await this.save(write)
      if (saved.kind === 'stale') return saved
      if (saved.tail.length > 0) return { kind: 'resumed', tail: saved.tail }
      return this.suspend({ ...write, entries: [], waits: [], children: [], settlements: [] })
    }
    const { record, journal, waits, events, values, due, asking } = this.#keys
    const { taskId, token, head } = this.#claim
    const sent = this.#toSent(write)
    const asks = asksPeople(write.waits, head) ? '1' : ''
    const reply = await this.#call<WriteReply>({
      script: 'suspend',
      keys: [record, journal, waits, events, values, due, asking],
      args: [taskId, token, write.dueAt, write.isInterrupted ? '1' : '', asks, ...this.#toArgs(sent)],
    })
    if (reply[0] === 'stale') return STALE
    const tail = this.#learn(sent, reply)
    if (reply[0] === 'resumed') return { kind: 'resumed', tail }
    this.#keep()
    return { kind: 'suspended' }
  }

  async finish(
    write: LedgerWrite & { readonly outcome: Outcome; readonly statusMessage?: string } & Unsettled,
  ): Promise<{ readonly kind: 'finished' | 'handed_back' | 'paused' } | Stale> {
    if (isSpending(write)) {
      const saved = await this.save({ ...write, waits: [], children: [] })
      if (saved.kind === 'stale') return saved
      const rest = { ...write, entries: [], waits: [], children: [], settlements: [] }
      // As finish.lua does, to which these records would not be new any more.
      const isSteered = saved.tail.some(({ type }) => type === 'steered')
      return isSteered ? this.handBack({ ...rest, dueInMs: this.#settings.wakeGraceMs }) : this.finish(rest)
    }
    const { record, journal, waits, events, values, due, delivery, open } = this.#keys
    const { taskId, token, head, cache } = this.#claim
    const { status, isError, message } = summarize(write.outcome, this.#settings)
    const sent = this.#toSent(write)
    const reply = await this.#call<['stale'] | ['finished', '1' | ''] | HandBackReply>({
      script: 'finish',
      keys: [record, journal, waits, events, values, due, delivery, open],
      args: [
        taskId,
        token,
        status,
        JSON.stringify(write.outcome),
        isError,
        write.statusMessage ?? message,
        keepUntil(head),
        retentionMs(head, this.#settings),
        ownerTag(head.owner),
        write.isInterrupted ? '1' : '',
        this.#settings.wakeGraceMs,
        ...this.#toArgs(sent),
      ],
    })
    if (reply[0] === 'handed_back' || reply[0] === 'paused') return this.#handedBack(sent, reply)
    cache.forget(taskId)
    if (reply[0] === 'stale') return STALE
    this.#isOwing = reply[1] === '1'
    return { kind: 'finished' }
  }

  async expire(wait: Wait): Promise<void> {
    await this.#resolve(outcomeAtDeadline(wait, Date.now()))
  }

  async withdraw({ key, kind, input }: Wait): Promise<void> {
    await this.#resolve({ type: 'value', key, kind, input, at: Date.now(), value: null })
  }

  async handBack(write: HandBack): Promise<{ readonly kind: 'handed_back' | 'paused' } | Stale> {
    const { taskId, token, head } = this.#claim
    if (isSpending(write) || needsBranch(write, head) || asksPeople(write.waits, head)) {
      const saved = await this.save(write)
      const rest = { ...write, entries: [], waits: [], children: [], settlements: [] }
      return saved.kind === 'stale' ? saved : this.handBack(rest)
    }
    const { record, journal, waits, events, values, due } = this.#keys
    const sent = this.#toSent(write)
    const reply = await this.#call<['stale'] | HandBackReply>({
      script: 'hand-back',
      keys: [record, journal, waits, events, values, due],
      args: [taskId, token, write.dueInMs, write.isInterrupted ? '1' : '', write.reason ?? '', ...this.#toArgs(sent)],
    })
    return reply[0] === 'stale' ? STALE : this.#handedBack(sent, reply)
  }

  #handedBack(sent: Sent, reply: HandBackReply): { readonly kind: 'handed_back' | 'paused' } {
    this.#learn(sent, reply)
    this.#keep()
    return { kind: reply[0] }
  }

  /** As whoever sweeps does it, so that it needs no token. */
  async #resolve(entry: OutcomeEntry): Promise<void> {
    const { taskId, head } = this.#claim
    await this.#tasks().resolve(taskId, entry, head.lineage?.ancestors)
  }

  /** Saves outcomes with what they took; what concerns the tasks above or below this one comes after that. */
  async #spend(write: LedgerWrite): Promise<Saved | Stale> {
    const { taskId, token, head } = this.#claim
    const isBranching = needsBranch(write, head)
    const own = isBranching ? { ...write, waits: [] } : write
    const sent = this.#toSent(own)
    const spending = { taskId, token, head, settings: this.#settings }
    const reply = await this.#call<['stale'] | SpendReply>(toSpendCall(own, spending, this.#toArgs(sent)))
    if (reply[0] === 'stale') return STALE
    const tail = this.#learn(sent, reply)
    const { shortages, woken } = await toSpent(reply, spending, this.#tasks())
    const branched = isBranching ? await this.#branch({ ...write, entries: [] }) : undefined
    if (branched?.kind === 'stale') return branched
    return { kind: 'saved', tail: [...tail, ...(branched?.tail ?? [])], shortages, woken }
  }

  async awaitBudget(request: BudgetRequest): Promise<{ readonly kind: 'reserved' | 'waits' | 'again' } | Stale> {
    const { taskId, token, head, onRefused } = this.#claim
    const call = toAwaitCall(request, { taskId, token, head, settings: this.#settings })
    const kind = (await this.#connection.call(call)) as 'reserved' | 'waits' | 'again' | 'stale'
    if (kind === 'stale') onRefused()
    return { kind }
  }

  async giveUpAsk(raise: Raise): Promise<readonly WakeUp[]> {
    return (await this.#tasks().closeAsk(raise, { kind: 'decline' })) ?? []
  }

  #tasks(): RedisTaskStore {
    return new RedisTaskStore(this.#connection, this.#settings)
  }

  /** Saves what concerns the tasks above or below this one, too. */
  async #branch(given: LedgerWrite): Promise<Saved | Stale> {
    const children = await Promise.all((given.children ?? []).map((child) => withGoodRecords(child, this.#tasks())))
    const write = { ...given, children }
    const { taskId, token, head, known } = this.#claim
    const sent = this.#toSent(write)
    const branching = { taskId, token, head, past: this.#connection.pastOf(taskId), settings: this.#settings }
    const reply = await this.#call<BranchReply>(toBranchCall(write, branching, this.#toArgs(sent)))
    if (reply[0] === 'stale') return STALE
    const [, , , , refused] = reply
    const tail = this.#learn(sent, reply)
    this.#known += refused.length
    known.journal.append(refused, [])
    return { kind: 'saved', tail: [...tail, ...refused.map((text) => parseJournalText(text, new Map()))] }
  }

  async progress(progress: Progress): Promise<void> {
    const { record, events } = this.#keys
    const { taskId, token } = this.#claim
    // JSON has no NaN or Infinity; what would be stored could not be compared any more.
    if (!Number.isFinite(progress.progress)) return
    const message = shorten(progress.message ?? '', this.#settings)
    const kept = { ...progress, ...(message && { message }) }
    const args = [taskId, token, kept.progress, JSON.stringify(kept), message]
    await this.#connection.call({ script: 'progress', keys: [record, events], args })
    const { tool, lineage } = this.#claim.head
    if (lineage && message) await this.#tellAbove('progress', '', shorten(`${tool}: ${message}`, this.#settings))
  }

  async log(level: LogLevel, data: unknown, logger?: string): Promise<void> {
    await this.#say('log', { level, data: data ?? null, logger })
  }

  async elicited(elicitationId: string): Promise<void> {
    await this.#say('elicited', { elicitationId })
  }

  async delta(delta: Delta): Promise<void> {
    await this.#connection.send((redis) => redis.publish(deltaChannel(this.#claim.taskId), JSON.stringify(delta)))
  }

  async #say(type: TaskEvent['type'], members: object): Promise<void> {
    const { record, events } = this.#keys
    const args = [this.#claim.taskId, this.#claim.token, type, `,${JSON.stringify(members).slice(1, -1)}`]
    await this.#connection.call({ script: 'say', keys: [record, events], args })
    await this.#tellAbove(type, `,${JSON.stringify(members).slice(1, -1)}`)
  }

  /** Whoever follows the task that was submitted hears of those below it. */
  async #tellAbove(type: TaskEvent['type'], members: string, message = ''): Promise<void> {
    const { taskId, token, head } = this.#claim
    if (!head.lineage) return
    const { record, events } = this.#keys
    const above = head.lineage.ancestors.map((id) => taskKeys(id).record)
    const args = [taskId, token, type, members, message]
    await this.#connection.call({ script: 'tell-above', keys: [record, events, ...above], args })
  }

  async resourceUpdated(uri: string): Promise<void> {
    await tellResourceUpdated(this.#connection, uri)
  }

  async #append({ records }: Sent): Promise<{ readonly kind: 'saved'; readonly tail: [] } | Stale | 'changed'> {
    const { record, journal } = this.#keys
    const args = [this.#claim.token, this.#known, ...records]
    const reply = await this.#connection.call({ script: 'append', keys: [record, journal], args })
    if (reply === 'changed') return 'changed'
    if (reply === 'stale') {
      this.#claim.onRefused()
      return STALE
    }
    this.#known += records.length
    this.#claim.known.journal.append(records, [])
    return { kind: 'saved', tail: [] }
  }

  #toSent({ entries, waits }: LedgerWrite): Sent {
    const texts = entries.map((entry) => toJournalText(entry, this.#settings.maxInlineBytes))
    const { journal } = this.#claim.known
    const values = new Map(
      texts.flatMap(({ large }) => (large && !journal.hasValue(large.hash) ? [[large.hash, large.value]] : [])),
    )
    const records = texts.map(({ text }) => text)
    const timers = entries.filter(({ kind }) => TIMER_KINDS.has(kind)).map(({ key }) => key)
    return { records, values, timers, waits }
  }

  /** As `write` of prelude.lua reads it. */
  #toArgs({ records, values, timers, waits }: Sent): (string | number)[] {
    return [
      this.#known,
      records.length,
      ...records,
      waits.length,
      ...waits.flatMap((wait) => [wait.key, toWaitValue(wait)]),
      values.size,
      ...[...values].flat(),
      timers.length,
      ...timers,
    ]
  }

  #learn(
    { records, values }: Sent,
    [, tail, large, appended]: Exclude<WriteReply | BranchReply | SpendReply, ['stale']> | HandBackReply,
  ): JournalEntry[] {
    const { journal } = this.#claim.known
    const valuesOfTail = toValues(large)
    this.#known += tail.length + records.length
    journal.append(tail, valuesOfTail)
    journal.append(records, values)
    // A write that came twice does not say where among the records of others its own stand.
    if (appended < records.length) this.#isInOrder = false
    return tail.map((text) => parseJournalText(text, valuesOfTail))
  }

  #keep(): void {
    const { cache, taskId, known } = this.#claim
    if (this.#isInOrder) cache.keep(taskId, known)
    else cache.forget(taskId)
  }

  async #call<R extends readonly [string, ...unknown[]]>(call: Parameters<Connection['call']>[0]): Promise<R> {
    const reply = (await this.#connection.call(call)) as R
    if (reply[0] === 'stale') this.#claim.onRefused()
    return reply
  }
}

/** Whether nothing but records is written. */
const isPlain = ({ records, values, timers, waits }: Sent): boolean =>
  waits.length + values.size + timers.length === 0 && records.length > 0 && records.length <= MOST_PLAIN_RECORDS
