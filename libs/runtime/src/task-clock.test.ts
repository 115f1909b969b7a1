import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { TaskClock } from './task-clock.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 })
})
afterEach(() => {
  vi.useRealTimers()
})

const question = (key: string) =>
  ({
    ...({ wait: 'question', key, kind: 'question', input: '', at: 0, deadline: 9e12 } as const),
    question: { method: 'elicitation/create', message: '', requestedSchema: {} },
  }) as const

test('counts from the start, without the time that was waited for people', () => {
  expect(new TaskClock(990_000, { waitedMs: 3000 }, []).elapsedMs()).toBe(7000)
})

test('stands still as long as any question is open', () => {
  const clock = new TaskClock(990_000, { waitedMs: 0, endsAt: 1_010_000 }, [])
  clock.stop('a')
  vi.setSystemTime(1_001_000)
  clock.stop('b')
  clock.resume('a')
  expect(clock.elapsedMs()).toBe(10_000)
  expect(clock.endsAt).toBe(Number.POSITIVE_INFINITY)
  vi.setSystemTime(1_005_000)
  clock.resume('b')
  clock.resume('b')
  vi.setSystemTime(1_006_000)
  expect(clock.elapsedMs()).toBe(11_000)
  expect(clock.endsAt).toBe(1_015_000)
})

test('goes on from where an earlier activation left it', () => {
  const clock = new TaskClock(990_000, { waitedMs: 2000, askedAt: 995_000 }, [question('a')])
  expect(clock.elapsedMs()).toBe(3000)
  clock.resume('a')
  expect(clock.elapsedMs()).toBe(3000)
  expect(clock.endsAt).toBe(Number.POSITIVE_INFINITY)
})
