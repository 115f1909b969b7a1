import {
  type BudgetRequest,
  type Delta,
  type HandBack,
  type JournalEntry,
  type Ledger,
  type LedgerWrite,
  type LogLevel,
  type OutcomeEntry,
  outcomeAtDeadline,
  type Progress,
  type Raise,
  type Saved,
  type Settings,
  type Stale,
  type Wait,
  type WakeUp,
  type Woken,
} from '@longhaul/task'
import { asksPeople } from './asking.ts'
import { toAwaitCall } from './await-budget.ts'
import { needsBranch, toBranchCall } from './branch.ts'
import type { Claim } from './claim.ts'
import { ClaimedJournal, isPlain, type Sent } from './claimed-journal.ts'
import type { Connection } from './connection.ts'
import { type Finish, type Holder, type Suspension, toFinishCall, toHandBackCall, toSuspendCall } from './ending.ts'
import { parseJournalText } from './journal-text.ts'
import { type TaskKeys, taskKeys } from './keys.ts'
import { Narrator } from './narrator.ts'
import { tellResourceUpdated } from './resource-watch.ts'
import { withGoodRecords } from './retried-child.ts'
import { isForNextAttempt, isSpending, type SpendReply, toSpendCall, toSpent } from './spend.ts'
import { RedisTaskStore } from './task-store.ts'

const STALE: Stale = { kind: 'stale' }

/** The fifth: what stands in the journal after all others, since children were refused. */
type BranchReply = ['stale'] | ['saved', string[], string[], number, string[]]

type WriteReply = ['stale'] | ['saved' | 'resumed' | 'suspended', string[], string[], number]

type HandBackReply = ['handed_back' | 'paused', string[], string[], number]

type FinishReply = ['stale'] | ['finished', '1' | ''] | HandBackReply

/** A claim's hand on its task. Writes are to be made one at a time: each counts on what the last one learnt. */
export class RedisLedger implements Ledger {
  readonly #connection: Connection
  readonly #settings: Settings
  readonly #claim: Claim
  readonly #keys: TaskKeys
  readonly #journal: ClaimedJournal
  readonly #narrator: Narrator
  #isOwing = false

  constructor(connection: Connection, settings: Settings, claim: Claim) {
    this.#connection = connection
    this.#settings = settings
    this.#claim = claim
    this.#keys = taskKeys(claim.taskId)
    this.#journal = new ClaimedJournal(claim.known, settings)
    this.#narrator = new Narrator(connection, settings, claim)
  }

  get known(): number {
    return this.#journal.length
  }

  get journalBytes(): number {
    return this.#journal.bytes
  }

  get isOwing(): boolean {
    return this.#isOwing
  }

  async save(write: LedgerWrite): Promise<Saved | Stale> {
    if (isSpending(write)) return this.#spend(write)
    if (needsBranch(write, this.#claim.head)) return this.#branch(write)
    const { record, journal, waits, events, values, asking } = this.#keys
    const { taskId, token, head } = this.#claim
    const sent = this.#journal.toSent(write)
    const appended = isPlain(sent) ? await this.#append(sent) : 'changed'
    if (appended !== 'changed') return appended
    const reply = await this.#call<WriteReply>({
      script: 'save',
      keys: [record, journal, waits, events, values, asking],
      args: [taskId, token, asksPeople(write.waits, head) ? '1' : '', ...this.#journal.toArgs(sent)],
    })
    return reply[0] === 'stale' ? STALE : { kind: 'saved', tail: this.#journal.learn(sent, reply) }
  }

  async suspend(
    write: Suspension,
  ): Promise<
    | ({ readonly kind: 'suspended' } & Woken)
    | ({ readonly kind: 'resumed'; readonly tail: readonly JournalEntry[] } & Woken)
    | Stale
  > {
    if (isSpending(write) || needsBranch(write, this.#claim.head)) {
      const saved = await this.save(write)
      if (saved.kind === 'stale') return saved
      if (saved.tail.length > 0) return withWoken(saved, { kind: 'resumed', tail: saved.tail })
      return withWoken(saved, await this.suspend(withoutSaved(write)))
    }
    const sent = this.#journal.toSent(write)
    const reply = await this.#call<WriteReply>(toSuspendCall(write, this.#holder, this.#journal.toArgs(sent)))
    if (reply[0] === 'stale') return STALE
    const tail = this.#journal.learn(sent, reply)
    if (reply[0] === 'resumed') return { kind: 'resumed', tail }
    this.#keep()
    return { kind: 'suspended' }
  }

  async finish(write: Finish): Promise<({ readonly kind: 'finished' | 'handed_back' | 'paused' } & Woken) | Stale> {
    if (isSpending(write)) {
      const saved = await this.save({ ...write, waits: [], children: [] })
      if (saved.kind === 'stale') return saved
      const rest = withoutSaved(write)
      // As finish.lua does, to which these records would not be new any more.
      const isSteered = saved.tail.some(({ type }) => type === 'steered')
      const ended = isSteered ? this.handBack({ ...rest, dueInMs: this.#settings.wakeGraceMs }) : this.finish(rest)
      return withWoken(saved, await ended)
    }
    const sent = this.#journal.toSent(write)
    const reply = await this.#call<FinishReply>(toFinishCall(write, this.#holder, this.#journal.toArgs(sent)))
    if (reply[0] === 'handed_back' || reply[0] === 'paused') return this.#handedBack(sent, reply)
    this.#claim.cache.forget(this.#claim.taskId)
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

  async handBack(write: HandBack): Promise<({ readonly kind: 'handed_back' | 'paused' } & Woken) | Stale> {
    const { head } = this.#claim
    if (isSpending(write) || needsBranch(write, head) || asksPeople(write.waits, head)) {
      const saved = await this.save(write)
      return saved.kind === 'stale' ? saved : withWoken(saved, await this.handBack(withoutSaved(write)))
    }
    const sent = this.#journal.toSent(write)
    const call = toHandBackCall(write, this.#holder, this.#journal.toArgs(sent))
    const reply = await this.#call<['stale'] | HandBackReply>(call)
    return reply[0] === 'stale' ? STALE : this.#handedBack(sent, reply)
  }

  #handedBack(sent: Sent, reply: HandBackReply): { readonly kind: 'handed_back' | 'paused' } {
    this.#journal.learn(sent, reply)
    this.#keep()
    return { kind: reply[0] }
  }

  /** As whoever sweeps does it, so that it needs no token. */
  async #resolve(entry: OutcomeEntry): Promise<void> {
    const { taskId, head } = this.#claim
    await this.#tasks().resolve(taskId, entry, head.lineage?.ancestors)
  }

  /** What an attempt took is settled before anything is reserved for the next one: a write that comes twice would settle that. */
  async #spend(write: LedgerWrite): Promise<Saved | Stale> {
    if (!isForNextAttempt(write)) return this.#spendAtOnce(write)
    const settled = await this.#spendAtOnce({ ...write, reservations: [] })
    if (settled.kind === 'stale') return settled
    const reserved = await this.#spendAtOnce(withoutSaved(write))
    if (reserved.kind === 'stale') return reserved
    const woken = [settled, reserved].flatMap((saved) => saved.woken ?? [])
    return { ...reserved, tail: [...settled.tail, ...reserved.tail], woken }
  }

  /** Saves outcomes with what they took; what concerns the tasks above or below this one comes after that. */
  async #spendAtOnce(write: LedgerWrite): Promise<Saved | Stale> {
    const isBranching = needsBranch(write, this.#claim.head)
    const own = isBranching ? { ...write, waits: [] } : write
    const sent = this.#journal.toSent(own)
    const spending = this.#holder
    const reply = await this.#call<['stale'] | SpendReply>(toSpendCall(own, spending, this.#journal.toArgs(sent)))
    if (reply[0] === 'stale') return STALE
    const tail = this.#journal.learn(sent, reply)
    const { shortages, woken } = await toSpent(reply, spending, this.#tasks())
    const branched = isBranching ? await this.#branch({ ...write, entries: [] }) : undefined
    if (branched?.kind === 'stale') return branched
    return { kind: 'saved', tail: [...tail, ...(branched?.tail ?? [])], shortages, woken }
  }

  async awaitBudget(request: BudgetRequest): Promise<{ readonly kind: 'reserved' | 'waits' | 'again' } | Stale> {
    const kind = (await this.#connection.call(toAwaitCall(request, this.#holder, this.#journal.length))) as
      | 'reserved'
      | 'waits'
      | 'again'
      | 'stale'
    if (kind === 'stale') this.#claim.onRefused()
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
    const sent = this.#journal.toSent(write)
    const branching = { ...this.#holder, past: this.#connection.pastOf(this.#claim.taskId) }
    const reply = await this.#call<BranchReply>(toBranchCall(write, branching, this.#journal.toArgs(sent)))
    if (reply[0] === 'stale') return STALE
    const [, , , , refused] = reply
    const tail = this.#journal.learn(sent, reply)
    this.#journal.append(refused)
    return { kind: 'saved', tail: [...tail, ...refused.map((text) => parseJournalText(text, new Map()))] }
  }

  progress(progress: Progress): Promise<void> {
    return this.#narrator.progress(progress)
  }

  log(level: LogLevel, data: unknown, logger?: string): Promise<void> {
    return this.#narrator.log(level, data, logger)
  }

  elicited(elicitationId: string): Promise<void> {
    return this.#narrator.elicited(elicitationId)
  }

  delta(delta: Delta): Promise<void> {
    return this.#narrator.delta(delta)
  }

  async resourceUpdated(uri: string): Promise<void> {
    await tellResourceUpdated(this.#connection, uri)
  }

  async #append({ records }: Sent): Promise<{ readonly kind: 'saved'; readonly tail: [] } | Stale | 'changed'> {
    const { record, journal } = this.#keys
    const args = [this.#claim.token, this.#journal.length, ...records]
    const reply = await this.#connection.call({ script: 'append', keys: [record, journal], args })
    if (reply === 'changed') return 'changed'
    if (reply === 'stale') {
      this.#claim.onRefused()
      return STALE
    }
    this.#journal.append(records)
    return { kind: 'saved', tail: [] }
  }

  get #holder(): Holder {
    const { taskId, token, head } = this.#claim
    return { taskId, token, head, settings: this.#settings }
  }

  #keep(): void {
    this.#journal.keepIn(this.#claim.cache, this.#claim.taskId)
  }

  async #call<R extends readonly [string, ...unknown[]]>(call: Parameters<Connection['call']>[0]): Promise<R> {
    const reply = (await this.#connection.call(call)) as R
    if (reply[0] === 'stale') this.#claim.onRefused()
    return reply
  }
}

/** What is left to be written of an end, when what rode along with it is saved. */
const withoutSaved = <End extends LedgerWrite>(write: End): End => ({
  ...write,
  entries: [],
  waits: [],
  children: [],
  settlements: [],
})

/** An end, with the tasks that are to be woken because of what was saved right before it. */
const withWoken = <End extends object>({ woken = [] }: Woken, end: End): End & Woken =>
  woken.length > 0 ? { ...end, woken } : end
