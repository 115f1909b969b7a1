import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, startBench } from '../test/drive-task.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

test('ctx.now and ctx.random give the same on every run, and are numbered by kind', async () => {
  const seen: number[][] = []
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      seen.push([ctx.now(), ctx.random(), ctx.random(), ctx.now()])
      await ctx.elicit({ message: '?', schema: { type: 'object' } })
      seen.at(-1)?.push(ctx.now())
    }),
  )
  const before = Date.now()
  expect(await task.run()).toBe('suspended')
  await task.answer('elicit#1', {})
  expect(await task.run()).toBe('finished')
  const [first = [], second = []] = seen
  expect(second.slice(0, 4)).toEqual(first)
  expect(first[0]).toBeGreaterThanOrEqual(before)
  expect(first[1]).not.toBe(first[2])
  expect(second[4]).toBeGreaterThanOrEqual(first[3] ?? Number.POSITIVE_INFINITY)
  expect(await task.keys()).toEqual(['now#1', 'random#1', 'random#2', 'now#2', 'elicit#1', 'now#3'])
})

test('the time that a task has worked is journaled, and stands still while a person is asked', async () => {
  const heard: number[][] = []
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      const before = ctx.elapsed()
      await ctx.elicit({ message: 'Well?', schema: { type: 'object' } })
      heard.push([before, ctx.elapsed()])
    }),
  )
  const submittedAt = Date.now()
  await task.run()
  const suspendedAt = Date.now()
  await delay(60)
  await task.answer('elicit#1', {})
  const answeredAt = Date.now()
  await task.run()
  const [[before = -1, after = -1] = []] = heard
  expect(before).toBeGreaterThanOrEqual(0)
  expect(after).toBeGreaterThanOrEqual(before)
  // What it worked before it asked, and after the answer; the 60 ms are in between.
  expect(after).toBeLessThanOrEqual(suspendedAt - submittedAt + Date.now() - answeredAt + 30)
})

test('a task that may take so long is due at the end of that, however long it means to sleep', async () => {
  const task = await bench.submit(
    defineProgram((ctx) => ctx.sleep(3_600_000).then(() => 'slept')),
    { timeoutMs: 50_000 },
  )
  const before = Date.now()
  expect(await task.run()).toBe('suspended')
  expect(await task.dueAt()).toBeGreaterThanOrEqual(before + 40_000)
  expect(await task.dueAt()).toBeLessThanOrEqual(Date.now() + 50_000)
})
