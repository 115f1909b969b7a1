import { type DailyBudget, parseDailyBudget } from '../daily-budgets.ts'
import { integer, type Setting } from './setting.ts'

export const BUDGETS = {
  dailyBudgets: dailyBudgets(
    'LONGHAUL_DAILY_BUDGETS',
    'What owners may spend a day, in UTC: `NAME costUsd=5 tokens=2000000 turns=500 toolCalls=1000`, comma-separated; NAME is that of an API key or the subject of an access token, `*` each other owner (see budgets.md).',
  ),
  budgetRetryMs: integer(
    'LONGHAUL_BUDGET_RETRY_MS',
    30_000,
    'Time after which a task that waits for others to need less of a budget than they hold looks again, should nobody tell it.',
  ),
}

function dailyBudgets(env: string, description: string): Setting<readonly DailyBudget[]> {
  const parse = (given: string) => {
    const budgets = given.split(',').flatMap((entry) => (entry.trim() === '' ? [] : [parseDailyBudget(entry)]))
    const names = new Set(budgets.map((budget) => budget?.name))
    return names.size < budgets.length || budgets.includes(undefined) ? undefined : (budgets as DailyBudget[])
  }
  const takes = 'one `NAME costUsd=5 tokens=2000000 turns=500 toolCalls=1000` for each name, comma-separated'
  return { env, default: [], description, takes, parse }
}
