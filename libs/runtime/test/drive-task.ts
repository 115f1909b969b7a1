import { setTimeout as delay } from 'node:timers/promises'
import { activate, type Ended, type ModelChooser, type Running, type Tool } from '@longhaul/runtime'
import { Connection, RedisClaimStore, RedisTaskStore } from '@longhaul/store'
import {
  type Audience,
  type CatalogEntry,
  type Claimed,
  type ElicitAnswer,
  type FinishedTask,
  goodRecords,
  type JournalEntry,
  type Json,
  type JsonObject,
  type Ledger,
  newTaskId,
  type Outcome,
  type OutcomeEntry,
  outcomeAtDeadline,
  partitionOf,
  type Resolution,
  randomId,
  readSettings,
  type Settings,
  type Wait,
} from '@longhaul/task'
import { startTestStore } from '@longhaul/testbed'

/** A real store, and tasks in it that a test drives step by step. */
export interface Bench {
  submit(tool: Tool, options?: SubmitOptions): Promise<DrivenTask>
  stop(): Promise<void>
}

export interface SubmitOptions {
  readonly args?: JsonObject
  /** Who is behind the task; by default somebody who can answer everything. */
  readonly audience?: Audience
  readonly settings?: Partial<Settings>
  /** Most time that it may take. */
  readonly timeoutMs?: number
  /** The task that it goes on with, which has failed. */
  readonly retryOf?: DrivenTask
  readonly models?: ModelChooser
  /** What it can call as a task of its own; nobody runs that. */
  readonly callable?: CatalogEntry
  /** Stands between an activation and its ledger, for example to hold a write back. */
  readonly onWrite?: (method: string, write: () => Promise<unknown>) => Promise<unknown>
}

const owner = { issuer: 'test', subject: 'somebody' }

/** A lease that is over at once, so that whoever claims next takes over from an activation that has not ended. */
const EXPIRED_LEASE_MS = 1

export async function startBench(): Promise<Bench> {
  const store = await startTestStore()
  // However often it is interrupted: what becomes of tasks that kill their workers is the store's to say.
  const defaults = { ...readSettings({}), maxDeaths: 1e9, aloneAfterDeaths: 1e9 }
  const connection = new Connection({ url: store.url, settings: defaults, whenAway: 'wait' })
  return {
    submit: async (tool, options = {}) => {
      const settings = { ...defaults, ...options.settings }
      const task = new DrivenTask(connection, tool, { ...options, settings })
      await task.create()
      return task
    },
    stop: async () => {
      await connection.close()
      await store.stop()
    },
  }
}

export class DrivenTask {
  readonly id = newTaskId(owner)
  readonly store: RedisTaskStore
  /** What its next activations run. */
  tool: Tool
  /** Whether that is other code than what ran before. */
  isOtherCode = false
  /** Round trips so far: `claim`, and the methods of the ledger. */
  readonly trips: string[] = []
  /** What tools threw, and the store. */
  readonly errors: unknown[] = []
  readonly #claims: RedisClaimStore
  readonly #connection: Connection
  readonly #options: SubmitOptions & { readonly settings: Settings }

  constructor(connection: Connection, tool: Tool, options: SubmitOptions & { readonly settings: Settings }) {
    this.tool = tool
    this.#options = options
    this.#connection = connection
    this.store = new RedisTaskStore(connection, options.settings)
    this.#claims = new RedisClaimStore(connection, options.settings)
  }

  async create(): Promise<void> {
    const { audience = { sampling: 'tools', elicitation: true }, args = {}, timeoutMs, retryOf } = this.#options
    const { name, queue } = this.tool
    const head = { tool: name, definition: '', queue, owner, createdAt: Date.now(), ttlMs: 3_600_000, audience }
    const retried = retryOf && { journal: await retryOf.goodRecords(), isBroken: false }
    const ofRetry = retryOf ? { retriedFrom: retryOf.id, origin: retryOf.id } : {}
    await this.store.create({
      id: this.id,
      head: { ...head, ...(timeoutMs && { timeoutMs }), ...ofRetry },
      args,
      ...(retried && { retried }),
    })
  }

  /** Claims the task as a worker does. @throws Error when it is not runnable: it is over, or waits */
  async claim(leaseMs?: number): Promise<Claimed> {
    const claimed = await this.claimIfRunnable(leaseMs)
    if (!claimed) throw new Error(`The task ${this.id} is not runnable.`)
    return claimed
  }

  /** Waits for an expired lease to be over. */
  async claimIfRunnable(leaseMs?: number): Promise<Claimed | undefined> {
    for (;;) {
      const claimed = await this.tryToClaim(leaseMs)
      if (claimed !== 'busy') return claimed
      await delay(1)
    }
  }

  async tryToClaim(leaseMs = EXPIRED_LEASE_MS): Promise<Claimed | 'busy' | undefined> {
    const claimed = await this.#claims.claim(this.id, { worker: 'w', leaseMs })
    if (claimed.kind !== 'claimed') return claimed.kind === 'busy' ? 'busy' : undefined
    this.trips.push('claim')
    return { ...claimed, ledger: this.#watched(claimed.ledger) }
  }

  /** Claims and starts; an activation that has not ended has crashed, as far as the store can see. */
  async activate(leaseMs?: number): Promise<Running> {
    return this.activateWith(await this.claim(leaseMs))
  }

  activateWith(claimed: Claimed): Running {
    const { settings, models = noModels, callable } = this.#options
    return activate({
      taskId: this.id,
      claimed,
      tool: this.tool,
      isOtherCode: this.isOtherCode,
      models,
      settings,
      findEntry: (name) => (callable?.name === name ? callable : undefined),
      describeUnderUndo: async () => undefined,
      onChildren: () => {},
      onWoken: () => {},
      onToolError: (error) => this.errors.push(error),
      onStoreError: (error) => this.errors.push(error),
    })
  }

  /** One activation from claim to end. */
  async run(): Promise<Ended> {
    return (await this.activate()).ended
  }

  /** Resolves an open wait, as the engine does with an answer or the sweeper with a timer. */
  async resolve(key: string, outcome: { value: unknown } | { error: string }): Promise<Resolution> {
    const wait = (await this.waits()).find((open) => open.key === key)
    if (!wait) return 'not_open'
    const { kind, input } = wait
    const said = wait.wait === 'question' && 'said' in wait.question ? { said: wait.question.said } : {}
    const entry: OutcomeEntry =
      'error' in outcome
        ? { key, kind, input, at: Date.now(), type: 'error', error: { message: outcome.error } }
        : { key, kind, input, at: Date.now(), type: 'value', value: outcome.value as Json, ...said }
    return this.store.resolve(this.id, entry)
  }

  /** When somebody must look at it, Unix ms. */
  async dueAt(): Promise<number> {
    const key = `{lh:${partitionOf(this.id)}}:due`
    return Number(await this.#connection.send((redis) => redis.zscore(key, this.id)))
  }

  /** Ends a wait as its deadline does, now. */
  async elapse(key: string): Promise<Resolution> {
    const wait = (await this.waits()).find((open) => open.key === key)
    return wait ? this.store.resolve(this.id, outcomeAtDeadline(wait, Date.now())) : 'not_open'
  }

  /** Accepts a form. */
  answer(key: string, content: NonNullable<ElicitAnswer['content']>): Promise<Resolution> {
    return this.resolve(key, { value: { action: 'accept', content } })
  }

  /** Sends something to its model. */
  steer(text: string): Promise<string> {
    return this.store.steer(this.id, { key: `steer!${randomId(9)}`, text })
  }

  pause(): Promise<string> {
    return this.store.pause(this.id)
  }

  resume(): Promise<string> {
    return this.store.resume(this.id)
  }

  /** Notes how it stands. What is returned puts it back, as a store does that lost its newest records and knows it. */
  async remember(): Promise<() => Promise<void>> {
    const names = ['task', 'journal', 'waits'].map((kind) => `{lh:${partitionOf(this.id)}}:${kind}:${this.id}`)
    const dumps = await Promise.all(names.map((name) => this.#connection.send((redis) => redis.dumpBuffer(name))))
    return async () => {
      for (const [place, name] of names.entries()) {
        const dump = dumps[place]
        await this.#connection.send((redis) => redis.del(name))
        if (dump) await this.#connection.send((redis) => redis.restore(name, 0, dump))
      }
      await this.#connection.send((redis) => redis.hincrby('lh:past', 'incarnation', 1))
    }
  }

  waits(): Promise<readonly Wait[]> {
    return this.store.readWaits(this.id)
  }

  journal(): Promise<readonly JournalEntry[]> {
    return this.store.readJournal(this.id)
  }

  /** What a retry begins with. */
  async goodRecords(): Promise<JournalEntry[]> {
    return goodRecords(await this.journal(), { outcome: await this.outcome(), isBroken: false })
  }

  /** Keys of the journal in order; intents with their attempt, as `key?1`, and aborted ones as `key-1`. */
  async keys(): Promise<string[]> {
    return (await this.journal()).map((entry) =>
      'attempt' in entry ? `${entry.key}${entry.type === 'intent' ? '?' : '-'}${entry.attempt}` : entry.key,
    )
  }

  /** How it ended. @throws Error while it lives */
  async outcome(): Promise<Outcome> {
    const task = (await this.store.readOutcome(this.id)) as FinishedTask | undefined
    if (!task?.outcome) throw new Error(`The task ${this.id} has not ended; it is ${task?.status}.`)
    return task.outcome
  }

  /** The text of its result. */
  async text(): Promise<string> {
    const outcome = await this.outcome()
    if (outcome.kind !== 'result') throw new Error(JSON.stringify(outcome))
    return outcome.result.content.map((block) => String(block.text)).join('\n')
  }

  #watched(ledger: Ledger): Ledger {
    const { onWrite = (_, write) => write() } = this.#options
    const through =
      <Args extends unknown[], R>(method: string, call: (...args: Args) => Promise<R>) =>
      async (...args: Args) => {
        this.trips.push(method)
        return (await onWrite(method, () => call.apply(ledger, args))) as R
      }
    return {
      get known() {
        return ledger.known
      },
      get journalBytes() {
        return ledger.journalBytes
      },
      get isOwing() {
        return ledger.isOwing
      },
      save: through('save', ledger.save),
      suspend: through('suspend', ledger.suspend),
      finish: through('finish', ledger.finish),
      expire: through('expire', ledger.expire),
      withdraw: through('withdraw', ledger.withdraw),
      awaitBudget: through('awaitBudget', ledger.awaitBudget),
      giveUpAsk: through('giveUpAsk', ledger.giveUpAsk),
      handBack: through('handBack', ledger.handBack),
      progress: through('progress', ledger.progress),
      log: through('log', ledger.log),
      delta: through('delta', ledger.delta),
      elicited: through('elicited', ledger.elicited),
      resourceUpdated: through('resourceUpdated', ledger.resourceUpdated),
    }
  }
}

const noModels: ModelChooser = {
  choose: () => {
    throw new Error('There is no model here.')
  },
}
