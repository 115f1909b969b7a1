import { type Amounts, type Budget, COUNTED, type Limit, NO_AMOUNTS, toNanoUsd } from './budget.ts'

/** One record of the append-only ledger of a budget. `at`: Unix ms by the store's clock. */
export type BudgetEntry =
  /** `release`: the task ended with the call on record as begun; turns and calls of tools that were begun count. */
  | ({
      readonly kind: 'reserve' | 'settle' | 'release'
      readonly at: number
      readonly task: string
      readonly step: string
    } & Amounts)
  | {
      readonly kind: 'raise'
      readonly at: number
      readonly limit: Limit /** In the unit of the limit. */
      readonly to: number
    }
  | { readonly kind: 'decline'; readonly at: number }

export interface LedgerReplay {
  readonly used: Amounts
  /** What is held at the end, by task and step. */
  readonly held: ReadonlyMap<string, Amounts>
  /** The most that was used and held together after any entry. */
  readonly highest: Amounts
  /** What broke a promise, one sentence each. */
  readonly problems: readonly string[]
}

/** Does again what a ledger says, and looks after each entry whether more than the limits was used and held. */
export function replayLedger(budget: Budget, entries: readonly BudgetEntry[]): LedgerReplay {
  const caps: { [limit: string]: number | undefined } = { ...toCaps(budget) }
  const held = new Map<string, Amounts>()
  const problems: string[] = []
  let used = NO_AMOUNTS
  let highest = NO_AMOUNTS
  for (const [place, entry] of entries.entries()) {
    if (entry.kind === 'raise') caps[entry.limit === 'costUsd' ? 'nanoUsd' : entry.limit] = toCap(entry.limit, entry.to)
    if (entry.kind === 'raise' || entry.kind === 'decline') continue
    const key = `${entry.task} ${entry.step}`
    if (entry.kind === 'reserve') held.set(key, amountsOf(entry))
    else {
      if (!held.delete(key)) problems.push(`Entry ${place + 1} is a ${entry.kind} of ${key}, which holds nothing.`)
      used = add(used, entry)
    }
    const total = [...held.values()].reduce(add, used)
    highest = zip(highest, total, Math.max)
    for (const what of COUNTED) {
      const cap = caps[what]
      if (cap !== undefined && total[what] > cap)
        problems.push(`After entry ${place + 1} ${total[what]} ${what} are used and held, and the most is ${cap}.`)
    }
  }
  return { used, held, highest, problems }
}

const toCap = (limit: Limit, value: number): number => (limit === 'costUsd' ? toNanoUsd(value) : value)
const toCaps = ({ tokens, costUsd, turns, toolCalls }: Budget) => ({
  tokens,
  nanoUsd: costUsd === undefined ? undefined : toNanoUsd(costUsd),
  turns,
  toolCalls,
})

const amountsOf = ({ tokens, nanoUsd, turns, toolCalls }: Amounts): Amounts => ({ tokens, nanoUsd, turns, toolCalls })
const add = (a: Amounts, b: Amounts): Amounts => zip(a, b, (one, other) => one + other)
const zip = (a: Amounts, b: Amounts, both: (a: number, b: number) => number): Amounts => ({
  tokens: both(a.tokens, b.tokens),
  nanoUsd: both(a.nanoUsd, b.nanoUsd),
  turns: both(a.turns, b.turns),
  toolCalls: both(a.toolCalls, b.toolCalls),
})
