import { type Budget, LIMITS, type Limit } from './budget.ts'
import { describeAmounts, roundAmount } from './describe-amounts.ts'

/** How a limit stands. Numbers are in its unit. */
export interface LimitStanding {
  readonly used: number
  /** By calls under way. */
  readonly held: number
  /** As it is now, raised or not; absent where there is none. */
  readonly cap?: number
}

/** How a budget stands that what a task spends counts in. Of no limit that is absent anything is spent, or known. */
export type BudgetStanding = { readonly limits: Readonly<Partial<Record<Limit, LimitStanding>>> } & (
  | {
      readonly of: 'tree'
      /** The task that has it. */
      readonly taskId: string
      readonly atLimit: Budget['atLimit']
      /** Whether it should be raised: somebody is asked, or has said no. */
      readonly raise?: 'asked' | 'declined'
    }
  | { readonly of: 'day' /** In UTC, as `2026-11-26`. */; readonly day: string }
)

/** `0.2 of 0.5 US dollars (0.1 held), 3 turns of models`. */
export function describeStanding({ limits }: BudgetStanding): string {
  const parts = LIMITS.flatMap((limit) => {
    const standing = limits[limit]
    if (!standing) return []
    const { used, cap, held } = standing
    const amounts = describeAmounts(limit, used, ...(cap === undefined ? [] : [cap]))
    return [held > 0 ? `${amounts} (${roundAmount(held)} held)` : amounts]
  })
  return parts.length > 0 ? parts.join(', ') : 'nothing'
}
