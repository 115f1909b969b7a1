import { setFlagsFromString } from 'node:v8'
import { runInThisContext } from 'node:vm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, startBench } from '../test/drive-task.ts'
import type { Context } from './index.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

test('its methods can be taken out of it', async () => {
  const task = await bench.submit(
    defineProgram(async ({ step, now, signal }) => {
      const at = now()
      return `${await step('s1', () => 'done')} ${typeof at} ${signal.aborted}`
    }),
  )
  expect(await task.run()).toBe('finished')
  expect(await task.text()).toBe('done number false')
})

test('what it says faster than the store takes it is dropped, and that is said', async () => {
  const told: unknown[] = []
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      for (let n = 0; n < 50; n++) ctx.log('info', n)
      await ctx.step('s1', () => 'done')
      return 'done'
    }),
    {
      settings: { eventsPerPartition: 20 },
      onWrite: async (method, write) => {
        if (method === 'log') told.push(method)
        return write()
      },
    },
  )
  expect(await task.run()).toBe('finished')
  expect(told).toHaveLength(21)
})

test('all contexts are of one hidden class, so that none outlives its task by that', async () => {
  const contexts: Context[] = []
  for (let place = 0; place < 2; place++) {
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        contexts.push(ctx)
      }),
    )
    await task.run()
  }
  setFlagsFromString('--allow-natives-syntax')
  const haveSameMap = runInThisContext('(a, b) => %HaveSameMap(a, b)') as (a: unknown, b: unknown) => boolean
  expect(haveSameMap(contexts[0], contexts[1])).toBe(true)
})
