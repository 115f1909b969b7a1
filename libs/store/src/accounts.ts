import {
  type Account,
  accountsOf,
  type Budget,
  COUNTED,
  dailyBudgetOf,
  dayOf,
  LIMITS,
  type Limit,
  type Settings,
  type Shortage,
  type TaskHead,
  toNanoUsd,
  toUsd,
} from '@longhaul/task'
import { dailyBudgetKey, taskKeys } from './keys.ts'

/** Something that is counted in one hash: against the budget of a task, or against that of an owner for a day. */
export interface CountedAccount {
  /** Absent where it is that of a day. */
  readonly account?: Account
  /** Hash, ledger, record of its task. That of a day has the first only, which stands for the others. */
  readonly keys: readonly [string, string, string]
  /** As read_account of accounts.lua takes it. */
  readonly args: readonly (string | number)[]
}

/** Everything that what a task spends counts for. All of it is in the task's partition, since its owner is. */
export function countedAccounts(
  taskId: string,
  head: TaskHead,
  { dailyBudgets }: Pick<Settings, 'dailyBudgets'>,
): readonly CountedAccount[] {
  const daily = dailyBudgetOf(head, dailyBudgets)
  return daily ? [...ofTree(taskId, head), ofDay(head, daily)] : ofTree(taskId, head)
}

/** Everything in which something may be held for a task: whoever reserved it may have budgets for days, this process none. */
export const holdingAccounts = (
  taskId: string,
  head: TaskHead,
  { dailyBudgets }: Pick<Settings, 'dailyBudgets'>,
): readonly CountedAccount[] => [...ofTree(taskId, head), ofDay(head, dailyBudgetOf(head, dailyBudgets) ?? {})]

const ofTree = (taskId: string, head: TaskHead): readonly CountedAccount[] =>
  accountsOf(taskId, head).map((account) => {
    const { record, budget, spent } = taskKeys(account.taskId)
    return { account, keys: [budget, spent, record], args: ['', account.startedAt, ...toLimits(account.budget)] }
  })

function ofDay({ owner }: TaskHead, limits: Partial<Budget>): CountedAccount {
  const key = dailyBudgetKey(owner)
  return { keys: [key, key, key], args: [`:${dayOf(Date.now())}`, 0, ...toLimits(limits)] }
}

const toLimits = (budget: Partial<Budget>): (string | number)[] =>
  LIMITS.map((limit) => {
    const value = budget[limit]
    return value === undefined ? '' : limit === 'costUsd' ? toNanoUsd(value) : value
  })

/** The field in which a raised limit is kept, and its value there. */
export const toRaised = (limit: Limit, to: number): readonly [field: string, value: string | number] =>
  limit === 'costUsd' ? ['cap:nanoUsd', toNanoUsd(to)] : [`cap:${limit}`, Math.floor(to)]

/** As spend.lua says why there is no room: place of the account, place of the limit, and so on. */
export type ShortageReply = readonly (number | string)[]

export function parseShortage(reply: ShortageReply, accounts: readonly CountedAccount[]): Shortage | undefined {
  const [place, limitPlace, isPassing, cap = 0, used = 0, held = 0, needed = 0, ask = 0, isDeclined] = reply.map(Number)
  if (place === undefined || limitPlace === undefined) return undefined
  const limit = LIMITS[limitPlace - 1] ?? 'tokens'
  const inUnit = limit === 'costUsd' ? toUsd : (value: number) => value
  const account = accounts[place - 1]?.account
  return {
    ...(account && { account }),
    limit,
    ...{ cap: inUnit(cap), used: inUnit(used), held: inUnit(held), needed: inUnit(needed) },
    ...{ isPassing: isPassing === 1, ask, isDeclined: isDeclined === 1 },
  }
}

/** In the order in which scripts take them. */
export const toAmountArgs = (amounts: Readonly<Record<(typeof COUNTED)[number], number>>): number[] =>
  COUNTED.map((what) => amounts[what])
