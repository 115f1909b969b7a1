import {
  type Account,
  accountsOf,
  type BudgetStanding,
  COUNTED,
  dailyBudgetOf,
  dayOf,
  type Limit,
  type LimitStanding,
  type Settings,
  type Task,
  toUsd,
} from '@longhaul/task'
import type { Connection } from './connection.ts'
import { dailyBudgetKey, taskKeys } from './keys.ts'

type Values = readonly (string | null)[]
type CountedLimit = Exclude<Limit, 'wallTimeMs'>

const amountsOn = (suffix: string): string[] =>
  ['used', 'held'].flatMap((kind) => COUNTED.map((what) => `${kind}:${what}${suffix}`))
const OF_TREE = [...amountsOn(''), ...COUNTED.map((what) => `cap:${what}`), 'cap:wallTimeMs', 'ask', 'declined']
const OF_CLOCK = ['run', 'waited', 'asked', 'paused']

/** All budgets that what a task spends counts in, that of the root first, that of its owner's day last. */
export async function readStandings(
  connection: Connection,
  { id, head, hasReserved }: Task,
  { dailyBudgets }: Pick<Settings, 'dailyBudgets'>,
): Promise<readonly BudgetStanding[]> {
  const accounts = accountsOf(id, head)
  const daily = dailyBudgetOf(head, dailyBudgets)
  // Those who run it may know of a limit that this process does not.
  const isCountedByDay = daily !== undefined || (hasReserved === true && !head.isUndo)
  if (accounts.length === 0 && !isCountedByDay) return []
  const now = Date.now()
  const day = dayOf(now)
  const rows = (await connection.pipeline((pipeline) => {
    for (const { taskId } of accounts) {
      const { budget, record } = taskKeys(taskId)
      pipeline.hmget(budget, ...OF_TREE)
      pipeline.hmget(record, ...OF_CLOCK)
    }
    if (isCountedByDay) pipeline.hmget(dailyBudgetKey(head.owner), ...amountsOn(`:${day}`))
  })) as Values[]
  const ofTrees = accounts.map((account, place) =>
    ofTree(account, rows[2 * place] ?? [], rows[2 * place + 1] ?? [], now),
  )
  const spentToday = isCountedByDay ? (rows.at(-1) ?? []) : []
  const isKnown = daily !== undefined || spentToday.some((value) => value !== null)
  return isKnown ? [...ofTrees, { of: 'day', day, limits: ofCounted(spentToday, (limit) => daily?.[limit]) }] : ofTrees
}

function ofTree({ taskId, budget, startedAt }: Account, fields: Values, clock: Values, now: number): BudgetStanding {
  const [tokens, nanoUsd, turns, toolCalls, wallTimeMs, ask, declined] = fields.slice(2 * COUNTED.length)
  const raised = { tokens, costUsd: nanoUsd && toUsd(Number(nanoUsd)), turns, toolCalls, wallTimeMs }
  const capOf = (limit: Limit) => (raised[limit] ? Number(raised[limit]) : budget[limit])
  const cap = capOf('wallTimeMs')
  const used = workedMs(clock, startedAt, now)
  const wallTime = cap !== undefined && used !== undefined && { wallTimeMs: { used, held: 0, cap } }
  const raise = ask ? 'asked' : declined ? 'declined' : undefined
  const limits = { ...ofCounted(fields, capOf), ...wallTime }
  return { of: 'tree', taskId, atLimit: budget.atLimit, ...(raise && { raise }), limits }
}

/** As worked_ms of accounts.lua; undefined once the task is over, since its clock goes with it. */
function workedMs([run, waited, asked, paused]: Values, startedAt: number, now: number): number | undefined {
  if (!run || run === 'done') return undefined
  const until = Math.min(now, Number(asked ?? now), Number(paused ?? now))
  return Math.max(0, until - startedAt - Number(waited ?? 0))
}

/** Those that have a limit, and those of which something is spent. */
function ofCounted(
  fields: Values,
  capOf: (limit: CountedLimit) => number | undefined,
): Readonly<Partial<Record<Limit, LimitStanding>>> {
  const standings = COUNTED.flatMap((what, place) => {
    const limit = what === 'nanoUsd' ? 'costUsd' : what
    const amounts = [fields[place], fields[COUNTED.length + place]].map((value) => Number(value ?? 0))
    const [used = 0, held = 0] = what === 'nanoUsd' ? amounts.map(toUsd) : amounts
    const cap = capOf(limit)
    if (used === 0 && held === 0 && cap === undefined) return []
    return [[limit, { used, held, ...(cap !== undefined && { cap }) }]]
  })
  return Object.fromEntries(standings)
}
