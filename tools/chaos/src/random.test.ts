import { expect, test } from 'vitest'
import { Random } from './random.ts'

const numbers = (seed: string) => {
  const random = new Random(seed)
  return Array.from({ length: 4 }, () => random.int(1, 100))
}

test('a seed means the same numbers on every machine and day', () => {
  expect(numbers('1')).toEqual([33, 11, 40, 47])
  expect(numbers('2')).toEqual([55, 43, 85, 2])
})

test('numbers reach both ends of their range, and no further', () => {
  const random = new Random('ends')
  const seen = new Set(Array.from({ length: 1000 }, () => random.int(-1, 2)))
  expect([...seen].sort()).toEqual([-1, 0, 1, 2])
})

test('chances are as good as they say', () => {
  const random = new Random('chances')
  const hits = Array.from({ length: 10_000 }, () => random.chance(0.3)).filter(Boolean).length
  expect(hits).toBeGreaterThan(2800)
  expect(hits).toBeLessThan(3200)
})

test('shuffling loses and adds nothing', () => {
  const things = Array.from({ length: 50 }, (_, number) => number)
  const shuffled = new Random('cards').shuffle(things)
  expect(shuffled).not.toEqual(things)
  expect(shuffled.toSorted((one, other) => one - other)).toEqual(things)
})
