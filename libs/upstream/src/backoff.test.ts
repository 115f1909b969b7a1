import { expect, it } from 'vitest'
import { pauseAfter } from './backoff.ts'

it('is not there at first, doubles with each failure, and stays below what a call waits for its server', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7, 8, 2000].map(pauseAfter)).toEqual([
    0, 250, 500, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000,
  ])
})
