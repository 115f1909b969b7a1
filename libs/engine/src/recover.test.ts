import type { DueStore, LiveWorker, OutcomeEntry, Settled, TaskStore, Wait } from '@longhaul/task'
import { describe, expect, test } from 'vitest'
import { only } from './fixtures/ports.ts'
import { sweep } from './recover.ts'

const PAST = Date.now() - 1000
const FUTURE = Date.now() + 3600_000
const LATER = FUTURE + 1000
const timer = (key: string, deadline: number): Wait => ({
  wait: 'timer',
  key,
  kind: 'sleep',
  input: '',
  at: 1,
  deadline,
})
const question = (key: string, deadline: number): Wait => ({
  wait: 'question',
  key,
  kind: 'question',
  input: 'h',
  at: 1,
  deadline,
  question: { method: 'elicitation/create', message: '', requestedSchema: {} },
})
const waits = (taskId: string, ...open: Wait[]): Settled => ({
  kind: 'waits',
  taskId,
  queue: 'default',
  waits: open,
  ancestors: [],
})

/** Sweeps once over what is owed; `resolved` is what the store says to each outcome. */
async function sweepOver(
  settled: readonly Settled[],
  resolved: 'wake' | 'told' | 'not_open' = 'wake',
  live: readonly Partial<LiveWorker>[] = [{ queues: ['default', 'gpu'], tools: ['research'] }],
) {
  const seen = {
    count: 0,
    woken: [] as unknown[],
    calls: 0,
    resolved: [] as [string, OutcomeEntry][],
    deferred: [] as unknown[],
    stalled: [] as unknown[],
  }
  const due = only<DueStore>({
    due: async () => settled.map(({ taskId }) => taskId),
    settle: async () => settled,
    defer: async (...deferred) => void seen.deferred.push(deferred),
    stall: async (...stalled) => void seen.stalled.push(stalled),
  })
  const store = only<TaskStore>({
    resolve: async (taskId, entry) => {
      seen.resolved.push([taskId, entry])
      return resolved
    },
  })
  const wake = async (wakeUps: readonly unknown[]) => {
    seen.calls++
    seen.woken.push(...wakeUps)
  }
  seen.count = await sweep({ due, store, wakeUps: { wake }, workers: { live: async () => live as LiveWorker[] } })
  return seen
}

test('adds lost wake-ups again, in one go', async () => {
  const { woken, calls, count } = await sweepOver([
    { kind: 'wake', taskId: 'a', queue: 'default', tool: 'research' },
    { kind: 'removed', taskId: 'b' },
    { kind: 'wake', taskId: 'c', queue: 'gpu', tool: 'research' },
  ])
  expect(woken).toEqual([
    { taskId: 'a', queue: 'default' },
    { taskId: 'c', queue: 'gpu' },
  ])
  expect([calls, count]).toEqual([1, 3])
})

describe('a task that nobody can run says why', () => {
  const wake = (taskId: string, queue: string, tool: string): Settled => ({ kind: 'wake', taskId, queue, tool })

  test('and its wake-up waits for a worker where none serves its queue', async () => {
    const { woken, stalled } = await sweepOver([wake('a', 'gpu', 'research')], 'wake', [
      { queues: ['default'], tools: ['research'] },
    ])
    expect(stalled).toEqual([['a', { reason: "Waits for a worker: none serves the queue 'gpu'.", isAwaited: true }]])
    expect(woken).toEqual([{ taskId: 'a', queue: 'gpu' }])
  })

  test('and wakes nobody where those that serve it lack its tool', async () => {
    const { woken, stalled, calls } = await sweepOver([wake('a', 'gpu', 'rare')], 'wake', [
      { queues: ['default'], tools: ['rare'] },
      { queues: ['default', 'gpu'], tools: ['research'] },
    ])
    expect(stalled).toEqual([['a', { reason: "Waits for a worker that has the tool 'rare'.", isAwaited: false }]])
    expect([woken, calls]).toEqual([[], 0])
  })

  test('and is woken as soon as one of them has it', async () => {
    const { woken, stalled } = await sweepOver([wake('a', 'gpu', 'rare')], 'wake', [
      { queues: ['gpu'], tools: ['research'] },
      { queues: ['gpu'], tools: ['rare'] },
    ])
    expect(stalled).toEqual([])
    expect(woken).toHaveLength(1)
  })
})

test('asks nobody anything when nothing is due', async () => {
  const { count, calls } = await sweepOver([])
  expect([count, calls]).toEqual([0, 0])
})

test('resolves timers and questions whose time is over, and wakes their task once', async () => {
  const { resolved, woken, deferred } = await sweepOver([
    waits('a', timer('t1', PAST), question('q1', PAST), timer('t2', FUTURE)),
  ])
  expect(resolved).toEqual([
    ['a', { type: 'value', key: 't1', kind: 'sleep', input: '', at: expect.any(Number), value: null }],
    [
      'a',
      {
        type: 'error',
        key: 'q1',
        kind: 'question',
        input: 'h',
        at: expect.any(Number),
        error: { message: 'Nobody answered before the deadline of the question.' },
      },
    ],
  ])
  expect(woken).toEqual([{ taskId: 'a', queue: 'default' }])
  expect(deferred).toEqual([])
})

test.each(['told', 'not_open'] as const)('wakes nobody when an outcome was %s', async (resolved) => {
  const { woken, calls } = await sweepOver([waits('a', timer('t1', PAST))], resolved)
  expect([woken, calls]).toEqual([[], 0])
})

test('puts off a task whose earliest wait is still to come', async () => {
  const { resolved, woken, deferred } = await sweepOver([waits('a', question('q1', LATER), timer('t1', FUTURE))])
  expect([resolved, woken]).toEqual([[], []])
  expect(deferred).toEqual([['a', FUTURE]])
})

test('goes on at once as long as a partition may have more that is due', async () => {
  const owed = Array.from({ length: 450 }, (_, n): Settled => ({ kind: 'removed', taskId: `${n}` }))
  const looks: number[] = []
  const due = only<DueStore>({
    due: async (_now, limit) => owed.slice(0, limit).map(({ taskId }) => taskId),
    settle: async (ids) => {
      looks.push(ids.length)
      return owed.splice(0, ids.length)
    },
  })
  expect(await sweep({ due, store: only({}), wakeUps: only({}), workers: only({}) })).toBe(450)
  expect(looks).toEqual([200, 200, 50])
})

test('does not go on when the store says that nothing is due yet', async () => {
  const ids = Array.from({ length: 200 }, (_, n) => `${n}`)
  const due = only<DueStore>({ due: async () => ids, settle: async () => [] })
  expect(await sweep({ due, store: only({}), wakeUps: only({}), workers: only({}) })).toBe(0)
})
