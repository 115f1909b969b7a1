import { setTimeout as delay } from 'node:timers/promises'
import type { InDoubt } from '@longhaul/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, type DrivenTask, startBench } from '../test/drive-task.ts'
import { type Context, defineTool, type ToolOutput } from './index.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

interface Limited {
  readonly timeoutMs?: number
  readonly inDoubt?: InDoubt
  /** What the code around it does after the call. */
  readonly after?: (ctx: Context) => Promise<unknown>
}

/** A task that calls a tool inside, which may take so long, and ends with what that came to. */
function submit(
  execute: (ctx: Context) => ToolOutput | Promise<ToolOutput>,
  { timeoutMs = 300, inDoubt = 'repeat', after }: Limited = {},
): Promise<DrivenTask> {
  const tool = defineTool({
    ...{ name: 'slow', description: 'Takes its time.', inputSchema: { type: 'object' }, inDoubt, timeoutMs },
    execute: (_, ctx) => execute(ctx),
  })
  return bench.submit(
    defineProgram(async (ctx) => {
      const text = await ctx.run('call', tool, {}).then(
        ({ content }) => JSON.stringify(content),
        (error: Error) => error.message,
      )
      await after?.(ctx)
      return text
    }),
  )
}
const run = async (task: DrivenTask) => (await task.activate(60_000)).ended
const OVER = "The tool 'slow' did not end within 300 ms (slow.timeoutMs); it is not known whether it took effect."

describe('a call of a tool inside that takes longer than it may', () => {
  test('fails, its signal aborts, and what its code does then starts nothing', async () => {
    const reasons: unknown[] = []
    const done: string[] = []
    const task = await submit(
      (ctx) =>
        new Promise((resolve) => {
          ctx.signal.addEventListener('abort', () => {
            reasons.push(ctx.signal.reason)
            void ctx.step('late', () => done.push('late'))
            ctx.now()
            resolve('late')
          })
        }),
      { after: (ctx) => ctx.step('next', () => done.push('next')) },
    )
    expect(await run(task)).toBe('finished')
    expect(await task.text()).toBe(OVER)
    expect(reasons).toEqual([expect.objectContaining({ name: 'TimeoutError' })])
    expect(done).toEqual(['next'])
    expect(await task.keys()).toEqual(['call!t1', 'call', 'next'])
  })

  test('is in doubt while nobody knows what it did, where it must not be repeated silently', async () => {
    const task = await submit(() => new Promise(() => {}), { inDoubt: 'ask' })
    expect(await run(task)).toBe('suspended')
    const [wait] = await task.waits()
    expect(wait?.wait === 'question' && 'message' in wait.question && wait.question.message).toContain(OVER)
    await task.answer('call!1', { decision: 'fail' })
    expect(await run(task)).toBe('finished')
  })

  test('lets go of what runs in it, so that the task can wait', async () => {
    const reasons: unknown[] = []
    const task = await submit(
      async (ctx) => {
        await ctx.step('endless', ({ signal }) => {
          signal.addEventListener('abort', () => reasons.push(signal.reason))
          return new Promise(() => {})
        })
        return 'never'
      },
      { after: (ctx) => ctx.sleep(3_600_000) },
    )
    expect(await run(task)).toBe('suspended')
    expect(reasons).toEqual([expect.objectContaining({ message: OVER })])
    await task.elapse('sleep#1')
    expect(await run(task)).toBe('finished')
    expect(await task.text()).toBe(OVER)
  })

  test('ends while the tool waits, and holds nothing until then', async () => {
    const task = await submit((ctx) => ctx.sleep(3_600_000).then(() => 'slept'))
    const before = Date.now()
    expect(await run(task)).toBe('suspended')
    expect(await task.dueAt()).toBeLessThanOrEqual(Date.now() + 300)
    expect(await task.dueAt()).toBeGreaterThanOrEqual(before)
    await delay(310)
    await task.elapse('call!t1')
    expect(await run(task)).toBe('finished')
    expect(await task.text()).toBe(OVER)
  })
})

test('time in which a person is asked is not that of the call', async () => {
  const task = await submit(
    async (ctx) => {
      await ctx.elicit({ message: 'Well?', schema: { type: 'object' } })
      return 'asked'
    },
    { timeoutMs: 1000 },
  )
  expect(await run(task)).toBe('suspended')
  await delay(1100)
  await task.elapse('call!t1')
  expect(await run(task)).toBe('suspended')
  expect((await task.waits()).map(({ key }) => key)).toEqual(['call/elicit#1'])
  await task.answer('call/elicit#1', {})
  expect(await run(task)).toBe('finished')
  expect(await task.text()).toContain('asked')
  expect(await task.keys()).toEqual(['call!t1', 'call/elicit#1', 'call', 'call!t2'])
})

test('a call that ends in time leaves no timer behind', async () => {
  const task = await submit(() => 'quick', { timeoutMs: 3_600_000, after: (ctx) => ctx.sleep(3_600_000) })
  expect(await run(task)).toBe('suspended')
  expect((await task.waits()).map(({ key }) => key)).toEqual(['sleep#1'])
  await task.elapse('sleep#1')
  expect(await run(task)).toBe('finished')
  expect(await task.text()).toContain('quick')
})

test.each([-1, 0.5, Number.NaN])('a tool cannot have %s ms', (timeoutMs) => {
  expect(() =>
    defineTool({ name: 'slow', description: '', inputSchema: { type: 'object' }, timeoutMs, execute: () => '' }),
  ).toThrow(`slow.timeoutMs is ${timeoutMs}; it must be a whole number of milliseconds, or 0 for any time.`)
})
