import type { Context } from 'longhaul'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { act, begin } from '../project/recorder-client.ts'
import { Recorder } from './recorder.ts'

const recorder = new Recorder()
beforeAll(async () => {
  process.env.CHAOS_RECORDER = await recorder.listen()
})
afterAll(() => recorder.close())

/** As much of a context as the recorder's client looks at; each is an activation of its own. */
const activationOf = (taskId: string) => ({ taskId, signal: new AbortController().signal }) as unknown as Context
const effect = (label: string, failures = 0) => ({ label, step: 's1', ms: 1, failures })

test('gives each effect a receipt, and knows whose it was', async () => {
  const seen: number[] = []
  recorder.news.on('effect', ({ receipt }) => seen.push(receipt))
  const ctx = activationOf('a')
  const receipts = [await act(ctx, effect('task-a')), await act(ctx, effect('task-a'))]
  expect(receipts).toEqual(seen)
  const [first, second] = recorder.effects.filter(({ taskId }) => taskId === 'a')
  expect(first).toMatchObject({ receipt: receipts[0], label: 'task-a', step: 's1', pid: process.pid })
  expect(second?.activation).toBe(first?.activation)
  expect(recorder.labelOf('a')).toBe('task-a')
})

test('is told of an activation before it has an effect, once', async () => {
  const ctx = activationOf('b')
  await begin(ctx, 'task-b')
  await act(ctx, effect('task-b'))
  await act(activationOf('b'), effect('task-b'))
  const activations = recorder.activations.filter(({ taskId }) => taskId === 'b').map(({ activation }) => activation)
  expect(activations).toHaveLength(2)
  expect(new Set(activations).size).toBe(2)
})

test('lets as many effects of a step fail as were asked for', async () => {
  const attempt = () => act(activationOf('c'), effect('task-c', 2)).catch((error: Error) => error.message)
  expect([await attempt(), await attempt(), await attempt()]).toEqual([
    expect.stringMatching(/^The effect \d+ failed\.$/),
    expect.stringMatching(/^The effect \d+ failed\.$/),
    expect.any(Number),
  ])
})

test('knows who is in the middle of an effect, until its process is gone', async () => {
  const begun = new Promise((resolve) => recorder.news.once('effect', resolve))
  const ended = act(activationOf('d'), { ...effect('task-d'), ms: 60_000 }).catch(() => {})
  await begun
  expect(recorder.running(process.pid).map(({ taskId }) => taskId)).toEqual(['d'])
  expect(recorder.running(1)).toEqual([])
  recorder.forget(process.pid)
  expect(recorder.running()).toEqual([])
  void ended
})

test('counts how often a task has begun for nothing', async () => {
  for (let times = 1; times <= 3; times++) {
    await begin(activationOf('e'), 'task-e')
    expect(recorder.fruitless('e')).toBe(times)
  }
  await act(activationOf('e'), effect('task-e'))
  expect(recorder.fruitless('e')).toBe(0)
})
