import { afterAll, beforeAll, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, startBench } from '../test/drive-task.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const LONG_LEASE_MS = 60_000

test('a task that is paused during a step lets that end, begins nothing more, and goes on when it is resumed', async () => {
  const begun = Promise.withResolvers<void>()
  const end = Promise.withResolvers<string>()
  const done: string[] = []
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      const first = await ctx.step('first', () => {
        done.push('first')
        begun.resolve()
        return end.promise
      })
      await ctx.step('second', () => done.push('second'), { inDoubt: 'ask' })
      return first
    }),
  )
  const running = await task.activate(LONG_LEASE_MS)
  await begun.promise
  // Whether or not its worker is told.
  await task.pause()
  end.resolve('one')
  expect(await running.ended).toBe('suspended')
  expect(done).toEqual(['first'])
  // It was about to begin the second when it read of the pause.
  expect(await task.keys()).toEqual(['pause', 'first', 'second?1', 'second-1'])
  expect(await task.claimIfRunnable()).toBeUndefined()

  await task.resume()
  expect(await task.run()).toBe('finished')
  expect(done).toEqual(['first', 'second'])
  expect(await task.text()).toBe('one')
})

test('a task that is paused while it asks takes the answer when it is resumed', async () => {
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      const { action } = await ctx.elicit({ key: 'go', message: 'Go on?', schema: { type: 'object', properties: {} } })
      return action
    }),
  )
  expect(await task.run()).toBe('suspended')
  await task.pause()
  expect(await task.answer('go', {})).toBe('kept')
  expect(await task.claimIfRunnable()).toBeUndefined()
  await task.resume()
  expect(await task.run()).toBe('finished')
  expect(await task.text()).toBe('accept')
})

test('a task that ends before its next step is completed although it was paused', async () => {
  const begun = Promise.withResolvers<void>()
  const end = Promise.withResolvers<string>()
  const task = await bench.submit(
    defineProgram((ctx) =>
      ctx.step('only', () => {
        begun.resolve()
        return end.promise
      }),
    ),
  )
  const running = await task.activate(LONG_LEASE_MS)
  await begun.promise
  await task.pause()
  running.lookAgain()
  end.resolve('all')
  expect(await running.ended).toBe('finished')
  expect(await task.text()).toBe('all')
})
