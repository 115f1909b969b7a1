import { expect, test } from 'vitest'
import { randomId } from './random-id.ts'

test('gives ids of the length that was asked for, no two alike', () => {
  const ids = Array.from({ length: 2000 }, () => randomId(9))
  expect(new Set(ids).size).toBe(2000)
  expect(ids.every((id) => /^[\w-]{12}$/.test(id))).toBe(true)
})

test('gives no byte twice, whatever is asked for in turn', () => {
  const ids = Array.from({ length: 1000 }, (_, place) => randomId(place % 2 === 0 ? 17 : 24))
  const parts = ids.flatMap((id) => [id.slice(0, 8), id.slice(-8)])
  expect(new Set(parts).size).toBe(2000)
})
