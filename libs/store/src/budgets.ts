import {
  type Amounts,
  type AskDecision,
  type BudgetEntry,
  type BudgetState,
  COUNTED,
  type Raise,
  type Settings,
  type Task,
  type TaskStore,
  type WakeUp,
} from '@longhaul/task'
import { holdingAccounts, toRaised } from './accounts.ts'
import { type BudgetWaiter, letGoOn, parseWaiter, toGoOn } from './budget-waiters.ts'
import type { Connection } from './connection.ts'
import { toJournalText } from './journal-text.ts'
import { taskKeys } from './keys.ts'
import type { WhenFull } from './patience.ts'
import type { ScriptCall } from './scripts.ts'

export interface BudgetsOptions {
  readonly connection: Connection
  readonly settings: Settings
  readonly store: TaskStore
  readonly whenFull: WhenFull
}

/** The budgets of trees, beside the calls that spend them. */
export class Budgets {
  readonly #connection: Connection
  readonly #settings: Settings
  readonly #store: TaskStore
  readonly #whenFull: WhenFull

  constructor({ connection, settings, store, whenFull }: BudgetsOptions) {
    this.#connection = connection
    this.#settings = settings
    this.#store = store
    this.#whenFull = whenFull
  }

  async read(taskId: string): Promise<BudgetState | undefined> {
    const { budget, spent } = taskKeys(taskId)
    const [fields, ledger] = (await this.#connection.pipeline((pipeline) => {
      pipeline.hgetall(budget)
      pipeline.lrange(spent, 0, -1)
    })) as [Record<string, string>, string[]]
    if (Object.keys(fields).length === 0) return undefined
    const amounts = (kind: 'used' | 'held') =>
      Object.fromEntries(COUNTED.map((what) => [what, Number(fields[`${kind}:${what}`] ?? 0)])) as unknown as Amounts
    return {
      used: amounts('used'),
      held: amounts('held'),
      ledger: ledger.map((line) => JSON.parse(line) as BudgetEntry),
    }
  }

  async closeAsk(raise: Raise, decision: AskDecision): Promise<readonly WakeUp[] | undefined> {
    const { budget } = taskKeys(raise.account)
    for (;;) {
      const fields = await this.#connection.send((redis) => redis.hgetall(budget))
      const waiters = Object.entries(fields).flatMap(([field, value]) =>
        field.startsWith('w:') ? [parseWaiter(field, value)] : [],
      )
      const [kind, told] = await this.#close(raise, decision, waiters)
      if (kind === 'not_open') return undefined
      // Somebody has joined or left those that wait.
      if (kind === 'closed') return waiters.flatMap(({ wakeUp }, place) => (told?.[place] === 1 ? [wakeUp] : []))
    }
  }

  async #close(
    { account, ask, limit }: Raise,
    decision: AskDecision,
    waiters: readonly BudgetWaiter[],
  ): Promise<['not_open' | 'again'] | ['closed', number[]]> {
    const { budget, spent, due, events } = taskKeys(account)
    const asking = waiters.filter(({ wants }) => wants === 'raise')
    const shown = [...new Set(asking.flatMap(({ taskId, ancestors }) => [taskId, ...ancestors]))].map(taskKeys)
    const line =
      decision.kind === 'again'
        ? ''
        : JSON.stringify({ kind: decision.kind, ...(decision.kind === 'raise' && { limit, to: decision.to }) }).slice(
            0,
            -1,
          )
    return (await this.#call({
      script: 'close-ask',
      keys: [
        ...[budget, spent, due, events],
        ...shown.flatMap(({ record, waits, delivery }) => [record, waits, delivery]),
        ...waiters
          .map(({ taskId }) => taskKeys(taskId))
          .flatMap(({ record, journal, waits }) => [record, journal, waits]),
      ],
      args: [
        ask,
        ...(decision.kind === 'raise' ? toRaised(limit, decision.to) : ['', '']),
        ...[decision.kind === 'decline' ? '1' : '', line, this.#settings.wakeGraceMs, shown.length, waiters.length],
        ...waiters.flatMap(({ taskId, step, key }) => [
          ...[taskId, step, key, toJournalText(toGoOn(key), this.#settings.maxInlineBytes).text],
        ]),
      ],
    })) as ['not_open' | 'again'] | ['closed', number[]]
  }

  async release({ id, head }: Task): Promise<readonly WakeUp[]> {
    const accounts = holdingAccounts(id, head, this.#settings)
    const answers = (await this.#call({
      script: 'release',
      keys: [taskKeys(id).record, ...accounts.flatMap(({ keys: [hash, ledger] }) => [hash, ledger])],
      args: [id, accounts.length, ...accounts.flatMap(({ args }) => args)],
    })) as [string, ...string[]][]
    const woken = await Promise.all(
      answers.map(async ([waitsForRaise, ...fields], place) => {
        const account = accounts[place]?.account?.taskId
        const others = waitsForRaise && account ? await this.#askAgain(account) : []
        return [...others, ...(await letGoOn(this.#store, fields))]
      }),
    )
    return woken.flat()
  }

  /** One of those that wait for an answer is over: whoever still needs one asks anew. */
  async #askAgain(account: string): Promise<readonly WakeUp[]> {
    const ask = await this.#connection.send((redis) => redis.hget(taskKeys(account).budget, 'ask'))
    if (ask === null) return []
    return (await this.closeAsk({ account, ask: Number(ask), limit: 'tokens' }, { kind: 'again' })) ?? []
  }

  #call(call: ScriptCall): Promise<unknown> {
    return this.#connection.call(call, this.#whenFull)
  }
}
