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
