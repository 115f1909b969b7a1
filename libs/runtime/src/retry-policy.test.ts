import { readSettings } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { isRetried, pauseMs, toPolicy } from './retry-policy.ts'

const settings = readSettings({})
const policy = { maxAttempts: 9, backoffMs: 100, factor: 3, maxBackoffMs: 2000, jitter: 0.5 }
const failure = { message: 'no' }

describe('a policy', () => {
  test('is what the step declares, and the settings for the rest', () => {
    expect(toPolicy(undefined, settings)).toEqual({
      maxAttempts: 5,
      backoffMs: 1000,
      factor: 2,
      maxBackoffMs: 60_000,
      jitter: 0.5,
    })
    expect(toPolicy({ maxAttempts: 2, jitter: 0 }, settings)).toMatchObject({ maxAttempts: 2, jitter: 0, factor: 2 })
  })

  test.each([
    [{ maxAttempts: 0 }, 'retry.maxAttempts is 0; it must be a whole number of at least 1.'],
    [{ maxAttempts: 1.5 }, 'retry.maxAttempts is 1.5; it must be a whole number of at least 1.'],
    [{ backoffMs: -1 }, 'retry.backoffMs is -1; it must be a number of at least 0.'],
    [{ factor: 0.5 }, 'retry.factor is 0.5; it must be a number of at least 1.'],
    [{ maxBackoffMs: Number.NaN }, 'retry.maxBackoffMs is NaN; it must be a number of at least 0.'],
    [{ jitter: 2 }, 'retry.jitter is 2; it must be a number from 0 to 1.'],
  ])('that cannot be is refused: %j', (declared, message) => {
    expect(() => toPolicy(declared, settings)).toThrow(message)
  })
})

describe('a pause', () => {
  test('grows by the factor up to its limit', () => {
    expect([1, 2, 3, 4, 500].map((attempt) => pauseMs(policy, attempt, failure, 0))).toEqual([
      100, 300, 900, 2000, 2000,
    ])
  })

  test('is shorter by chance, down to what the jitter leaves', () => {
    expect(pauseMs(policy, 2, failure, 0.5)).toBe(225)
    expect(pauseMs(policy, 2, failure, 0.999_999)).toBe(151)
    expect(pauseMs({ ...policy, jitter: 1 }, 2, failure, 0.999_999)).toBe(1)
  })

  test('is as long as the failure asks for, beyond every limit', () => {
    expect(pauseMs(policy, 1, { ...failure, retryAfterMs: 30_000 }, 0.5)).toBe(30_000)
    expect(pauseMs(policy, 2, { ...failure, retryAfterMs: 10 }, 0)).toBe(300)
  })
})

test('a failure that says whether it may pass is believed; otherwise whoever declared a policy wants it', () => {
  expect(isRetried({ message: '', retryable: true }, false)).toBe(true)
  expect(isRetried({ message: '', retryable: false }, true)).toBe(false)
  expect(isRetried(failure, true)).toBe(true)
  expect(isRetried(failure, false)).toBe(false)
})
