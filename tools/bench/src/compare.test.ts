import { expect, test } from 'vitest'
import { compare, median } from './compare.ts'
import { isReached, measured } from './figure.ts'

test.each([
  [[3, 1, 2], 2],
  [[4, 1, 2, 3], 2.5],
  [[7], 7],
])('the median of %j is %d', (numbers, expected) => {
  expect(median(numbers)).toBe(expected)
})

test('measures in turn, changes the order, and does not count the first round', async () => {
  const order: string[] = []
  const take = (name: string, numbers: number[]) => async () => {
    order.push(name)
    return numbers.shift() ?? 0
  }
  const result = await compare({ rounds: 3, value: take('A', [99, 2, 8, 4]), reference: take('B', [99, 5, 1, 2]) })
  expect(result).toEqual({ value: 4, reference: 2, ratio: 2 })
  expect(order.join('')).toBe('BAABBAAB')
})

test.each([
  ['ratio', 'at least', 0.5, true],
  ['ratio', 'at least', 0.51, false],
  ['ratio', 'at most', 0.5, true],
  ['ratio', 'at most', 0.49, false],
  ['value', 'at most', 1, true],
  ['value', 'at least', 2, false],
] as const)('a %s of %s %d: %s', (of, bound, limit, expected) => {
  expect(isReached({ of, bound, limit }, measured(1, 2))).toBe(expected)
})
