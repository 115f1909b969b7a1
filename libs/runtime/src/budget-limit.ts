import { describeAmounts, type Json, type Limit, roundAmount, type Shortage } from '@longhaul/task'

/** Why a call was not made: what a budget allows is used up. */
export interface BudgetLimit {
  /** Of the tree that the task is in, or of its owner for this day. */
  readonly of: 'tree' | 'day'
  readonly limit: Limit
  /** In the unit of the limit; what calls under way hold is in it. */
  readonly used: number
  readonly cap: number
  /** The most that the call may take that was not made. */
  readonly needed?: number
}

/** Member of the `data` of the error that a step fails with. */
const BUDGET = 'budget'

/** A step was not begun, since a budget is used up, and nobody raises it. */
export class BudgetExhausted extends Error {
  override readonly name = 'BudgetExhausted'
  readonly data: Json

  constructor({ account, limit, used, cap, held, needed }: Shortage) {
    const of = account ? 'tree' : 'day'
    const found: BudgetLimit = { of, limit, used: roundAmount(used + held), cap, needed: roundAmount(needed) }
    super(describeLimit(found))
    this.data = { [BUDGET]: { ...found } }
  }
}

/** Which limit a failed step came to, live and on replay; undefined where it failed of something else. */
export function budgetLimitOf(error: unknown): BudgetLimit | undefined {
  const data: unknown = error instanceof Error && 'data' in error ? error.data : undefined
  return typeof data === 'object' && data !== null && BUDGET in data ? (data[BUDGET] as BudgetLimit) : undefined
}

/** A sentence. */
export function describeLimit({ of, limit, used, cap, needed = 0 }: BudgetLimit): string {
  const whose = of === 'tree' ? 'The budget of this task' : 'The budget of this day'
  if (used >= cap || needed === 0) return `${whose} is used up: ${describeAmounts(limit, used, cap)} (${limit}).`
  const next = `the next call may take ${describeAmounts(limit, needed)}`
  return `${whose} has no room: ${describeAmounts(limit, used, cap)} are taken, and ${next} (${limit}).`
}
