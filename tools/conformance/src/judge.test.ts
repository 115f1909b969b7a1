import { expect, test } from 'vitest'
import type { Outcome, Status } from './checks.ts'
import { judge } from './judge.ts'

const outcomes = (given: Record<string, Outcome>) => new Map(Object.entries(given))
const target = new Map<string, Status>([
  ['a/one', 'SUCCESS'],
  ['a/two', 'SUCCESS'],
  ['b/note', 'INFO'],
])
const GOOD = { 'a/one': { status: 'SUCCESS' }, 'a/two': { status: 'SUCCESS' }, 'b/note': { status: 'INFO' } } as const
const excuse = { suite: 's', check: 'a/two', reason: 'r' }

test('is content when everything is reached', () => {
  expect(judge(outcomes(GOOD), target, [])).toEqual({ passed: 2, problems: [] })
})

test('objects to a check that failed, warned, or did not run', () => {
  const { 'a/one': _, ...rest } = GOOD
  const judged = judge(outcomes({ ...rest, 'a/two': { status: 'WARNING', message: 'late' } }), target, [])
  expect(judged.problems).toEqual(['a/one: it did not run', 'a/two: WARNING: late'])
})

test('objects to a failure that the target does not know', () => {
  const judged = judge(outcomes({ ...GOOD, 'c/new': { status: 'FAILURE', message: 'no' } }), target, [])
  expect(judged.problems).toEqual(['c/new: FAILURE: no'])
})

test('excuses what is expected to fail, and objects when it passes', () => {
  expect(judge(outcomes({ ...GOOD, 'a/two': { status: 'FAILURE' } }), target, [excuse]).problems).toEqual([])
  expect(judge(outcomes(GOOD), target, [excuse]).problems).toEqual([
    'a/two: it passes, so it is no expected failure any more',
  ])
})
