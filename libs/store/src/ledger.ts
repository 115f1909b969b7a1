import {
  type JournalEntry,
  type Ledger,
  type LedgerWrite,
  type LogLevel,
  type Outcome,
  outcomeAtDeadline,
  type Progress,
  type Settings,
  type Stale,
  type TaskHead,
  type Wait,
} from '@longhaul/task'
import type { Connection } from './connection.ts'
import { type TaskKeys, taskKeys } from './keys.ts'
import { shorten, summarize } from './record.ts'
import { RedisTaskStore } from './task-store.ts'
import { toWaitValue } from './wait-value.ts'

const STALE: Stale = { kind: 'stale' }

export interface Claim {
  readonly taskId: string
  readonly token: string
  readonly head: TaskHead
  /** Journal records read with the claim. */
  readonly known: number
  /** Told of a write that came too late: the claim is not the newest any more. */
  readonly onRefused: () => void
}

/** A claim's hand on its task. Writes are to be made one at a time: each counts on what the last one learnt. */
export class RedisLedger implements Ledger {
  readonly #connection: Connection
  readonly #settings: Settings
  readonly #claim: Claim
  readonly #keys: TaskKeys
  #known: number

  constructor(connection: Connection, settings: Settings, claim: Claim) {
    this.#connection = connection
    this.#settings = settings
    this.#claim = claim
    this.#keys = taskKeys(claim.taskId)
    this.#known = claim.known
  }

  get known(): number {
    return this.#known
  }

  async save(write: LedgerWrite): Promise<{ readonly kind: 'saved'; readonly tail: readonly JournalEntry[] } | Stale> {
    const { record, journal, waits, events } = this.#keys
    const { taskId, token } = this.#claim
    const args = [taskId, token, ...this.#toArgs(write)]
    const [kind, tail] = await this.#call({ script: 'save', keys: [record, journal, waits, events], args })
    return kind === 'stale' ? STALE : { kind: 'saved', tail: this.#learn(write, tail) }
  }

  async suspend(
    write: LedgerWrite & { readonly dueAt: number },
  ): Promise<
    { readonly kind: 'suspended' } | { readonly kind: 'resumed'; readonly tail: readonly JournalEntry[] } | Stale
  > {
    const { record, journal, waits, events, due } = this.#keys
    const { taskId, token } = this.#claim
    const args = [taskId, token, write.dueAt, ...this.#toArgs(write)]
    const [kind, tail] = await this.#call({ script: 'suspend', keys: [record, journal, waits, events, due], args })
    if (kind === 'resumed') return { kind, tail: this.#learn(write, tail) }
    return kind === 'stale' ? STALE : { kind: 'suspended' }
  }

  async finish(
    write: LedgerWrite & { readonly outcome: Outcome; readonly statusMessage?: string },
  ): Promise<{ readonly kind: 'finished' } | Stale> {
    const { record, journal, waits, events, due, delivery } = this.#keys
    const { taskId, token, head } = this.#claim
    const { status, isError, message } = summarize(write.outcome)
    const [kind] = await this.#call({
      script: 'finish',
      keys: [record, journal, waits, events, due, delivery],
      args: [
        taskId,
        token,
        status,
        JSON.stringify(write.outcome),
        isError,
        write.statusMessage ?? message,
        head.createdAt + head.ttlMs,
        this.#settings.resultRetentionMs,
        ...this.#toArgs(write),
      ],
    })
    return kind === 'stale' ? STALE : { kind: 'finished' }
  }

  async expire(wait: Wait): Promise<void> {
    const tasks = new RedisTaskStore(this.#connection, this.#settings)
    // As whoever sweeps does it, so that it needs no token.
    await tasks.resolve(this.#claim.taskId, outcomeAtDeadline(wait, Date.now()))
  }

  async handBack(afterMs: number): Promise<void> {
    const { record, due } = this.#keys
    const { taskId, token } = this.#claim
    await this.#connection.call({ script: 'hand-back', keys: [record, due], args: [taskId, token, afterMs] })
  }

  async progress(progress: Progress): Promise<void> {
    const { record, events } = this.#keys
    const { taskId, token } = this.#claim
    // JSON has no NaN or Infinity; what would be stored could not be compared any more.
    if (!Number.isFinite(progress.progress)) return
    const message = shorten(progress.message ?? '')
    const kept = { ...progress, ...(message && { message }) }
    const args = [taskId, token, kept.progress, JSON.stringify(kept), message]
    await this.#connection.call({ script: 'progress', keys: [record, events], args })
  }

  async log(level: LogLevel, data: unknown, logger?: string): Promise<void> {
    const { record, events } = this.#keys
    const members = JSON.stringify({ level, data: data ?? null, logger })
    const args = [this.#claim.taskId, this.#claim.token, `,${members.slice(1, -1)}`]
    await this.#connection.call({ script: 'log', keys: [record, events], args })
  }

  #toArgs({ entries, waits }: LedgerWrite): (string | number)[] {
    return [
      this.#known,
      entries.length,
      ...entries.map((entry) => JSON.stringify(entry)),
      waits.length,
      ...waits.flatMap((wait) => [wait.key, toWaitValue(wait)]),
    ]
  }

  #learn(write: LedgerWrite, tail: readonly string[] = []): JournalEntry[] {
    this.#known += tail.length + write.entries.length
    return tail.map((entry) => JSON.parse(entry) as JournalEntry)
  }

  async #call(call: Parameters<Connection['call']>[0]): Promise<[string, string[] | undefined]> {
    const reply = (await this.#connection.call(call)) as [string, string[] | undefined]
    if (reply[0] === 'stale') this.#claim.onRefused()
    return reply
  }
}
