import { expect, test } from 'vitest'
import { type Budget, lowerBudget } from './budget.ts'
import { type BudgetEntry, replayLedger } from './budget-ledger.ts'
import { dailyBudgetOf, parseDailyBudget } from './daily-budgets.ts'

const CAP: Budget = { costUsd: 1, turns: 2, atLimit: 'ask' }
const entry = (kind: 'reserve' | 'settle' | 'release', step: string, costUsd: number, turns = 1): BudgetEntry => ({
  ...{ kind, at: 1, task: 'a', step, tokens: 0, nanoUsd: costUsd * 1e9, turns, toolCalls: 0 },
})

test('the lower of two budgets has the lower of each limit, and asks only where both do', () => {
  expect(lowerBudget(CAP, { costUsd: 2, turns: 1, tokens: 7 })).toEqual({
    ...{ costUsd: 1, turns: 1, tokens: 7, atLimit: 'ask' },
  })
  expect(lowerBudget(CAP, { atLimit: 'end' })).toEqual({ ...CAP, atLimit: 'end' })
  expect(lowerBudget({ ...CAP, atLimit: 'end' }, { atLimit: 'ask' })?.atLimit).toBe('end')
  expect(lowerBudget(undefined, { costUsd: 0 })).toEqual({ costUsd: 0, atLimit: 'ask' })
  expect(lowerBudget(undefined, { atLimit: 'end' })).toBeUndefined()
  expect(lowerBudget(CAP, undefined)).toBe(CAP)
})

test('a ledger that is done again shows each entry after which too much was used and held', () => {
  const good = [entry('reserve', 'm1', 0.7), entry('settle', 'm1', 0.2), entry('reserve', 'm2', 0.8)]
  expect(replayLedger(CAP, good)).toMatchObject({ problems: [], used: { nanoUsd: 2e8 }, highest: { nanoUsd: 1e9 } })
  expect(replayLedger(CAP, good).held.size).toBe(1)
  expect(replayLedger(CAP, [...good, entry('reserve', 'm3', 0.1, 0)]).problems).toEqual([
    'After entry 4 1100000000 nanoUsd are used and held, and the most is 1000000000.',
  ])
  const raise: BudgetEntry = { kind: 'raise', at: 1, limit: 'costUsd', to: 1.1 }
  expect(replayLedger(CAP, [...good, raise, entry('reserve', 'm3', 0.1, 0)]).problems).toEqual([])
  expect(replayLedger(CAP, [...good, entry('reserve', 'm3', 0)]).problems).toEqual([
    'After entry 4 3 turns are used and held, and the most is 2.',
  ])
  // A second reservation of a step replaces the first; a second settlement is one too many.
  expect(replayLedger(CAP, [...good, entry('reserve', 'm2', 0.3)]).problems).toEqual([])
  expect(replayLedger(CAP, [...good, entry('settle', 'm1', 0.1)]).problems).toContain(
    'Entry 4 is a settle of a m1, which holds nothing.',
  )
})

test('a daily budget is that of a name, or of everybody else', () => {
  const [ann, others] = [parseDailyBudget('ann costUsd=5.5 tokens=2000000'), parseDailyBudget(' * turns=3 ')]
  expect([ann, others]).toEqual([
    { name: 'ann', costUsd: 5.5, tokens: 2_000_000 },
    { name: '*', turns: 3 },
  ])
  const budgets = [others, ann].flatMap((budget) => budget ?? [])
  const budgetOf = (subject: string) => dailyBudgetOf({ owner: { issuer: 'api-key', subject } }, budgets)
  expect([budgetOf('ann'), budgetOf('ben')]).toEqual([ann, others])
})

test.each(['ann', 'costUsd=5', 'ann costUsd', 'ann tokens=0.5', 'ann wallTimeMs=5', 'ann costUsd=5 dollars=3'])(
  '%s is no daily budget',
  (entry) => expect(parseDailyBudget(entry)).toBeUndefined(),
)
