import { afterAll, beforeAll, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, startBench } from '../test/drive-task.ts'
import type { Context } from './context.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const form = { message: 'Name?', schema: { type: 'object', properties: { name: { type: 'string' } } } } as const

async function fiveSteps(ctx: Context, inDoubt: 'repeat' | 'ask') {
  let sum = 0
  for (const n of [1, 2, 3, 4, 5]) sum += await ctx.step(`s${n}`, () => n, { inDoubt })
  return `${sum}`
}

test('needs 4 saves and the finish for 5 steps that may be repeated', async () => {
  const task = await bench.submit(defineProgram((ctx) => fiveSteps(ctx, 'repeat')))
  expect(await task.run()).toBe('finished')
  expect(task.trips).toEqual(['claim', 'save', 'save', 'save', 'save', 'finish'])
  expect(await task.text()).toBe('15')
})

test('needs 5 saves and the finish for 5 steps that write an intent, which rides with the value before', async () => {
  const task = await bench.submit(defineProgram((ctx) => fiveSteps(ctx, 'ask')))
  expect(await task.run()).toBe('finished')
  expect(task.trips).toEqual(['claim', 'save', 'save', 'save', 'save', 'save', 'finish'])
  expect(await task.keys()).toEqual(['s1?1', 's1', 's2?1', 's2', 's3?1', 's3', 's4?1', 's4', 's5?1', 's5'])
})

test('needs one save more where a tool that is not to be repeated leaves its first trace', async () => {
  const task = await bench.submit(defineProgram((ctx) => fiveSteps(ctx, 'repeat'), { inDoubt: 'ask' }))
  expect(await task.run()).toBe('finished')
  expect(task.trips).toEqual(['claim', 'save', 'save', 'save', 'save', 'save', 'finish'])
  expect(await task.keys()).toEqual(['s1?1', 's1', 's2', 's3', 's4', 's5'])
})

test('asks and suspends in one round trip, with the value before it', async () => {
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      const who = await ctx.step('who', () => 'you')
      const reply = await ctx.elicit(form)
      return `${who} ${reply.action}`
    }),
  )
  expect(await task.run()).toBe('suspended')
  expect(task.trips).toEqual(['claim', 'suspend'])
  expect(await task.answer('elicit#1', { name: 'Ada' })).toBe('wake')
  expect(await task.run()).toBe('finished')
  expect(task.trips).toEqual(['claim', 'suspend', 'claim', 'finish'])
  expect(await task.text()).toBe('you accept')
})

test('saves for parallel steps once', async () => {
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      await ctx.step('first', () => 1)
      await Promise.all([1, 2, 3].map((n) => ctx.step(`s${n}`, () => n, { inDoubt: 'ask' })))
    }),
  )
  expect(await task.run()).toBe('finished')
  expect(task.trips).toEqual(['claim', 'save', 'finish'])
  expect(await task.keys()).toEqual(['first', 's1?1', 's2?1', 's3?1', 's1', 's2', 's3'])
})

test('saves nothing for steps that are replayed', async () => {
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      await fiveSteps(ctx, 'ask')
      await ctx.elicit(form)
    }),
  )
  expect(await task.run()).toBe('suspended')
  await task.answer('elicit#1', { name: 'Ada' })
  task.trips.length = 0
  expect(await task.run()).toBe('finished')
  expect(task.trips).toEqual(['claim', 'finish'])
})

test('takes ctx.now and ctx.random along with the next write', async () => {
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      await ctx.step('a', () => 1)
      const at = ctx.now()
      await ctx.step('b', () => ctx.signal.aborted)
      ctx.random()
      return `${at}`
    }),
  )
  expect(await task.run()).toBe('finished')
  expect(task.trips).toEqual(['claim', 'save', 'finish'])
  expect(await task.keys()).toEqual(['a', 'now#1', 'b', 'random#1'])
})

test('begins a step only when all that was heard before, and its intent, can be read in the store', async () => {
  const found: string[][] = []
  const look = async () => {
    found.push(await task.keys())
    return undefined
  }
  const inner = defineProgram(look)
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      await ctx.step('a', look)
      ctx.now()
      await ctx.step('b', look)
      await ctx.step('c', look, { inDoubt: 'ask' })
      await ctx.run('d', inner, {})
      await Promise.all([ctx.step('e', look), ctx.step('f', look, { inDoubt: 'fail' })])
    }),
  )
  expect(await task.run()).toBe('finished')
  expect(found).toEqual([
    [],
    ['a', 'now#1'],
    ['a', 'now#1', 'b', 'c?1'],
    ['a', 'now#1', 'b', 'c?1', 'c'],
    ['a', 'now#1', 'b', 'c?1', 'c', 'd', 'f?1'],
    ['a', 'now#1', 'b', 'c?1', 'c', 'd', 'f?1'],
  ])
})
