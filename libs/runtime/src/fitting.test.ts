import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, startBench } from '../test/drive-task.ts'
import type { Context, ToolOutput } from './index.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

type Code = (ctx: Context, did: string[]) => Promise<ToolOutput>

const step = (ctx: Context, key: string, did: string[]): Promise<number> => ctx.step(key, () => did.push(key))
const ask = (ctx: Context, key = 'ask') => ctx.elicit({ key, message: 'Go on?', schema: { type: 'object' } })

/** The code of before: two steps, and a question, for which the task waits now. */
const before: Code = async (ctx, did) => {
  await step(ctx, 'a', did)
  await step(ctx, 'b', did)
  await ask(ctx)
  await step(ctx, 'c', did)
}

/** A task that waits in the code of before, and goes on with another. */
async function changed(code: Code, { isOtherCode = true, first = before, answers = ['ask'] } = {}) {
  const did: string[] = []
  const task = await bench.submit(defineProgram((ctx) => first(ctx, [])))
  await task.run()
  for (const key of answers) await task.answer(key, {})
  task.tool = defineProgram((ctx) => code(ctx, did))
  task.isOtherCode = isOtherCode
  return { task, did, ended: await task.run() }
}

const mismatch = (expected: string, came: string) => ({
  kind: 'error',
  error: {
    message: expect.stringContaining(
      `journal_mismatch: expected ${expected}, which is on record, and came to ${came}.`,
    ),
  },
})

describe('other code', () => {
  test.each<[string, Code, string, string]>([
    [
      'does another step',
      async (ctx, did) => {
        await step(ctx, 'a', did)
        await step(ctx, 'new', did)
      },
      "the step 'b' (step)",
      "the step 'new' (step)",
    ],
    [
      'does another step where there was a question',
      async (ctx, did) => {
        await step(ctx, 'a', did)
        await step(ctx, 'b', did)
        await step(ctx, 'new', did)
      },
      "the step 'ask' (question)",
      "the step 'new' (step)",
    ],
    [
      'asks something else',
      async (ctx, did) => {
        await Promise.all([step(ctx, 'a', did), step(ctx, 'b', did)])
        await ask(ctx, 'other')
      },
      "the step 'ask' (question)",
      "the step 'other' (question)",
    ],
    [
      'leaves a step out',
      async (ctx, did) => {
        await step(ctx, 'b', did)
        await ask(ctx)
        await step(ctx, 'c', did)
      },
      "the step 'a' (step)",
      "the step 'c' (step)",
    ],
    ['ends early', (ctx, did) => step(ctx, 'a', did), "the step 'b' (step)", 'its end'],
    [
      'does another step, whose failure it would get over',
      async (ctx, did) => {
        await step(ctx, 'new', did).catch(() => {})
        await before(ctx, did)
      },
      "the step 'a' (step)",
      "the step 'new' (step)",
    ],
  ])('that %s fails the task before anything new is done', async (_, code, expected, came) => {
    const { task, did, ended } = await changed(code)
    expect(ended).toBe('finished')
    expect(await task.outcome()).toMatchObject(mismatch(expected, came))
    expect(did).toEqual([])
  })

  test('that has not come to an open question fails the task, too', async () => {
    const both: Code = async (ctx, did) => {
      await Promise.all([ask(ctx), ask(ctx, 'open'), step(ctx, 'a', did)])
    }
    const code: Code = async (ctx, did) => {
      await Promise.all([ask(ctx), step(ctx, 'a', did), step(ctx, 'new', did)])
    }
    const { task, did } = await changed(code, { first: both })
    expect(await task.outcome()).toMatchObject(mismatch("the step 'open' (question)", "the step 'new' (step)"))
    expect(did).toEqual([])
  })

  test('of a tool inside fails the task, before anything new is done in it, or at its end', async () => {
    const within = (code: Code) => (ctx: Context, did: string[]) =>
      ctx.run(
        'in',
        defineProgram((inner) => code(inner, did), { name: 'in' }),
        {},
      )
    const first = within(before)
    const other = await changed(
      within((ctx, did) => step(ctx, 'new', did)),
      { first, answers: ['in/ask'] },
    )
    expect(await other.task.outcome()).toMatchObject(mismatch("the step 'in/a' (step)", "the step 'in/new' (step)"))
    expect(other.did).toEqual([])
    const early = await changed(
      within((ctx, did) => step(ctx, 'a', did)),
      { first, answers: ['in/ask'] },
    )
    expect(await early.task.outcome()).toMatchObject(mismatch("the step 'in/b' (step)", "the end of 'in'"))
  })

  test('that fits does what is new, in whatever order it comes to the rest', async () => {
    const { task, did } = await changed(async (ctx, found) => {
      const asked = ask(ctx)
      ctx.now()
      const isNew = step(ctx, 'new', found)
      await Promise.all([step(ctx, 'b', found), step(ctx, 'a', found), asked, isNew])
      // Its own work between its steps holds nothing up.
      await new Promise((resolve) => setTimeout(resolve, 1))
      await step(ctx, 'after', found)
      return 'fits'
    })
    expect(did).toEqual(['new', 'after'])
    expect(await task.text()).toBe('fits')
  })

  test('can be interrupted, and has to fit again', async () => {
    const { task, ended, did } = await changed(async (ctx, found) => {
      await before(ctx, found)
      await ask(ctx, 'more')
    })
    expect([ended, did]).toEqual(['suspended', ['c']])
    await task.answer('more', {})
    task.tool = defineProgram((ctx) => before(ctx, did))
    await task.run()
    expect(await task.outcome()).toMatchObject(mismatch("the step 'more' (question)", 'its end'))
  })
})

test('the same code may come to its steps by ways of its own, which no journal knows', async () => {
  const { task, did } = await changed(async (ctx, found) => step(ctx, 'new', found), { isOtherCode: false })
  expect(did).toEqual(['new'])
  expect(await task.text()).toBe('1')
})

test('a retry goes on with the new code from the last step that fits', async () => {
  const code: Code = async (ctx, found) => {
    await step(ctx, 'a', found)
    await step(ctx, 'new', found)
    await step(ctx, 'b', found)
    return 'done'
  }
  const { task } = await changed(code)
  expect(await task.outcome()).toMatchObject(mismatch("the step 'b' (step)", "the step 'new' (step)"))
  const did: string[] = []
  const retry = await bench.submit(
    defineProgram((ctx) => code(ctx, did)),
    { retryOf: task },
  )
  await retry.run()
  expect(did).toEqual(['new', 'b'])
  expect(await retry.text()).toBe('done')
})
