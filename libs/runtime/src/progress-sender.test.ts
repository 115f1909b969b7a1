import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, startBench } from '../test/drive-task.ts'
import type { Context } from './index.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const ask = (ctx: Context) => ctx.elicit({ message: '?', schema: { type: 'object' } })

describe('progress', () => {
  test('is sent in as few round trips as the store takes it in, the newest last, before the task ends', async () => {
    const task = await bench.submit(
      defineProgram((ctx) => {
        for (let n = 1; n <= 50; n++) ctx.progress(n, 50, `${n} of 50`)
      }),
    )
    expect(await task.run()).toBe('finished')
    expect(task.trips).toEqual(['claim', 'progress', 'progress', 'finish'])
    expect((await task.store.read(task.id))?.progress).toEqual({ progress: 50, total: 50, message: '50 of 50' })
  })

  test('is sent not more often than it should, and the newest all the same', async () => {
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        for (let n = 1; n <= 3; n++) {
          ctx.progress(n)
          await ctx.step(`s${n}`, () => n)
        }
      }),
      { settings: { progressIntervalMs: 1e9 } },
    )
    expect(await task.run()).toBe('finished')
    expect(task.trips.filter((trip) => trip === 'progress')).toHaveLength(2)
    expect((await task.store.read(task.id))?.progress).toEqual({ progress: 3 })
  })

  test('is sent when its time has come, while the code is at something else', async () => {
    const second = Promise.withResolvers<void>()
    let sent = 0
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        ctx.progress(1)
        await ctx.step('soon', () => ctx.progress(2))
        await ctx.step('long', () => second.promise)
      }),
      {
        onWrite: (method, write) => {
          if (method === 'progress' && ++sent === 2) second.resolve()
          return write()
        },
      },
    )
    expect(await task.run()).toBe('finished')
    expect(sent).toBe(2)
  })

  test('is sent before the task suspends, and not again when it is replayed', async () => {
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        ctx.progress(1)
        ctx.progress(2)
        await ask(ctx)
        ctx.progress(3)
      }),
    )
    expect(await task.run()).toBe('suspended')
    expect((await task.store.read(task.id))?.progress).toEqual({ progress: 2 })
    await task.answer('elicit#1', {})
    task.trips.length = 0
    expect(await task.run()).toBe('finished')
    expect(task.trips).toEqual(['claim', 'progress', 'finish'])
    expect((await task.store.read(task.id))?.progress).toEqual({ progress: 3 })
  })

  test('only rises', async () => {
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        for (const value of [5, 3, 5, 4]) ctx.progress(value)
        await ctx.step('later', () => 1)
        ctx.progress(2)
      }),
    )
    await task.run()
    expect(task.trips.filter((trip) => trip === 'progress')).toHaveLength(1)
    expect((await task.store.read(task.id))?.progress).toEqual({ progress: 5 })
  })

  test.each([
    [Number.NaN, undefined, 'The progress NaN must be a finite number.'],
    [1, Number.POSITIVE_INFINITY, 'The total Infinity of a progress must be a finite number.'],
  ])('of %s of %s is refused', async (progress, total, refusal) => {
    const task = await bench.submit(defineProgram((ctx) => void ctx.progress(progress, total)))
    await task.run()
    expect(await task.text()).toBe(refusal)
  })

  test('does no harm where the store does not take it', async () => {
    const task = await bench.submit(
      defineProgram((ctx) => {
        ctx.progress(1)
        ctx.log('info', 'hello')
        return 'done'
      }),
      {
        onWrite: (method, write) =>
          method === 'progress' || method === 'log' ? Promise.reject(new Error('away')) : write(),
      },
    )
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe('done')
  })
})

test('a log message is sent when the code comes to it, and not again on replay', async () => {
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      ctx.log('info', 'begins')
      await ctx.step('a', () => 1)
      ctx.log('info', 'between')
      await ask(ctx)
      ctx.log('warning', { went: 'on' }, 'program')
    }),
  )
  const logs = () => task.trips.filter((trip) => trip === 'log').length
  await task.run()
  expect(logs()).toBe(2)
  await task.answer('elicit#1', {})
  await task.run()
  expect(logs()).toBe(3)
})

test('a log message that is too large, or no JSON, is sent as what it was', async () => {
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  const sent: unknown[] = []
  const task = await bench.submit(
    defineProgram((ctx) => {
      ctx.log('info', 'x'.repeat(70_000))
      ctx.log('info', cycle)
      ctx.log('info', undefined)
    }),
  )
  const claimed = await task.claim()
  const log = async (_level: string, data: unknown) => void sent.push(data)
  await task.activateWith({ ...claimed, ledger: Object.assign(Object.create(claimed.ledger), { log }) }).ended
  expect(sent).toEqual([
    'A log message of 70002 bytes, left out: the most is 65536 (LONGHAUL_MAX_LOG_BYTES).',
    expect.stringMatching(/^A log message that is no JSON, left out: Converting circular structure/),
    undefined,
  ])
})
