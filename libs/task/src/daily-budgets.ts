import { type Budget, type Limit, limitFault } from './budget.ts'
import type { TaskHead } from './task.ts'

/** What an owner may spend on one day, in UTC. */
export interface DailyBudget extends Pick<Budget, 'tokens' | 'costUsd' | 'turns' | 'toolCalls'> {
  /** Subject of the owner: the name of an API key, or who an access token is of; `*` is each owner who is not named. */
  readonly name: string
}

const COUNTED_BY_DAY: readonly Limit[] = ['tokens', 'costUsd', 'turns', 'toolCalls']

/** Reads an entry such as `ann costUsd=5 tokens=2000000`. @returns undefined when it is none */
export function parseDailyBudget(entry: string): DailyBudget | undefined {
  const [name = '', ...limits] = entry.trim().split(/\s+/)
  const read = limits.map((limit) => /^(\w+)=(\d+(?:\.\d+)?)$/.exec(limit))
  const isRight = read.every((parts) => {
    const limit = COUNTED_BY_DAY.find((known) => known === parts?.[1])
    return limit !== undefined && limitFault(limit, Number(parts?.[2])) === undefined
  })
  if (name.includes('=') || limits.length === 0 || !isRight) return undefined
  return { name, ...Object.fromEntries(read.map((parts) => [parts?.[1], Number(parts?.[2])])) }
}

/** That which a task counts in. */
export function dailyBudgetOf(
  { owner, isUndo }: Pick<TaskHead, 'owner' | 'isUndo'>,
  budgets: readonly DailyBudget[],
): DailyBudget | undefined {
  if (isUndo) return undefined
  return budgets.find(({ name }) => name === owner.subject) ?? budgets.find(({ name }) => name === '*')
}
