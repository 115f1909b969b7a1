import { afterAll, beforeAll, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, startBench } from '../test/drive-task.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const textOr = (promise: Promise<unknown>) => promise.then(String, (error: Error) => error.message)

test('one step more than a task may have at work fails, and the others do not', async () => {
  const gate = Promise.withResolvers<void>()
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      const first = ['a', 'b'].map((key) => textOr(ctx.step(key, () => gate.promise)))
      const third = await textOr(ctx.step('c', () => 'c'))
      gate.resolve()
      return [third, ...(await Promise.all(first)), await ctx.step('d', () => 'd')].join()
    }),
    { settings: { maxParallelSteps: 2 } },
  )
  await task.run()
  expect(await task.text()).toBe(
    'The task has 2 steps at work; the most is 2 (LONGHAUL_MAX_PARALLEL_STEPS). Do fewer at once.,null,null,d',
  )
})

test('a step fails that needs one wait more than a task may have', async () => {
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      void ctx.sleep(3_600_000)
      void ctx.elicit({ message: 'Well?', schema: { type: 'object' } })
      return textOr(ctx.sleep(1))
    }),
    { settings: { maxOpenWaits: 2 } },
  )
  await task.run()
  expect(await task.text()).toBe(
    'The task waits for 2 questions, timers and children; the most is 2 (LONGHAUL_MAX_OPEN_WAITS).',
  )
})

test('a task fails that needs more bytes than its journal may have, whoever catches the error', async () => {
  let steps = 0
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      for (;;) await textOr(ctx.step(`s${++steps}`, () => 'x'.repeat(1000)))
    }),
    { settings: { maxJournalBytes: 5000, maxInlineBytes: 100 } },
  )
  expect(await task.run()).toBe('finished')
  expect(await task.outcome()).toMatchObject({
    kind: 'error',
    error: {
      message: expect.stringMatching(/^journal_limit: the journal of the task has \d+ bytes; the most is 5000/),
    },
  })
  // The same value is kept once.
  expect(steps).toBeGreaterThan(8)
})
