import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Silence } from './silence.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => void vi.useRealTimers())

test('is too long when nobody was heard for longer than it may be', () => {
  const silence = new Silence(4000)
  expect(silence.lookEveryMs).toBe(1000)
  for (let look = 1; look <= 4; look++) {
    vi.advanceTimersByTime(1000)
    expect(silence.isTooLong()).toBe(false)
  }
  vi.advanceTimersByTime(1000)
  expect(silence.isTooLong()).toBe(true)
})

test('begins anew when somebody is heard', () => {
  const silence = new Silence(4000)
  for (let look = 1; look <= 20; look++) {
    vi.advanceTimersByTime(1000)
    expect(silence.isTooLong()).toBe(false)
    if (look % 4 === 0) silence.end()
  }
})

test('is no longer for a time in which nobody listened', () => {
  const silence = new Silence(4000)
  vi.advanceTimersByTime(3_600_000)
  expect(silence.isTooLong()).toBe(false)
})
