import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, startBench } from '../test/drive-task.ts'
import { type Context, ProtocolError, type StepError } from './index.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const ask = (ctx: Context) => ctx.elicit({ message: '?', schema: { type: 'object' } })

describe('a tool inside a task', () => {
  test('has its part of the journal under its key, at any depth', async () => {
    const deep = defineProgram(async (ctx) => {
      ctx.now()
      await ctx.step('s', () => 1)
      return `deep ${(await ask(ctx)).action}`
    })
    const middle = defineProgram(async (ctx) => {
      await ctx.step('s', () => 1)
      return ctx.run('deep', deep, {})
    })
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        await ctx.step('s', () => 1)
        return ctx.run('middle', middle, {})
      }),
    )
    expect(await task.run()).toBe('suspended')
    expect((await task.waits()).map(({ key }) => key)).toEqual(['middle/deep/elicit#1'])
    await task.answer('middle/deep/elicit#1', {})
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe('deep accept')
    expect(await task.keys()).toEqual([
      's',
      'middle/s',
      'middle/deep/now#1',
      'middle/deep/s',
      'middle/deep/elicit#1',
      'middle/deep',
      'middle',
    ])
  })

  test('numbers its calls by itself, and may use the keys of another', async () => {
    const inner = defineProgram(async (ctx) => `${await ctx.step('same', () => 1)}${(await ask(ctx)).action}`)
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        await Promise.all([ctx.run('a', inner, {}), ctx.run('b', inner, {}), ctx.step('same', () => 2), ask(ctx)])
      }),
    )
    await task.run()
    expect((await task.waits()).map(({ key }) => key).sort()).toEqual(['a/elicit#1', 'b/elicit#1', 'elicit#1'])
  })

  test('is not run again once it has come to its result', async () => {
    let runs = 0
    const inner = defineProgram(async (ctx) => {
      runs++
      await ctx.step('s', () => 1)
      return { n: runs }
    })
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        const { structuredContent } = await ctx.run('inner', inner, {})
        await ask(ctx)
        return `${Object(structuredContent).n}`
      }),
    )
    await task.run()
    await task.answer('elicit#1', {})
    await task.run()
    expect(await task.text()).toBe('1')
    expect(runs).toBe(1)
  })

  test('fails its call with what it threw', async () => {
    const inner = defineProgram(() => {
      throw new ProtocolError(-32002, 'Not found', { uri: 'x' })
    })
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        const error = (await ctx.run('inner', inner, {}).catch((thrown: unknown) => thrown)) as StepError
        return `${error.name} ${error.step} ${error.code} ${error.message} ${JSON.stringify(error.data)}`
      }),
    )
    await task.run()
    expect(await task.text()).toBe('StepError inner -32002 Not found {"uri":"x"}')
  })

  test('gets its arguments as they were at the call', async () => {
    const inner = defineProgram((_, args) => JSON.stringify(args))
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        const args = { list: [1], at: new Date(0) as unknown as string }
        const call = ctx.run('inner', inner, args)
        args.list.push(2)
        return call
      }),
    )
    await task.run()
    expect(await task.text()).toBe('{"list":[1],"at":"1970-01-01T00:00:00.000Z"}')
  })

  test.each<[string, (ctx: Context) => Promise<unknown>]>([
    ['its arguments', (ctx) => ctx.run('inner', defineProgram(ask as never, { name: 'inner' }), { n: 2 })],
    ['its tool', (ctx) => ctx.run('inner', defineProgram(ask as never, { name: 'other' }), { n: 1 })],
  ])('must keep %s on replay', async (_, changed) => {
    const inner = defineProgram(async (ctx) => (await ask(ctx)).action, { name: 'inner' })
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        await ctx.run('inner', inner, { n: 1 })
        await ask(ctx)
      }),
    )
    await task.run()
    await task.answer('inner/elicit#1', {})
    await task.run()
    await task.answer('elicit#1', {})
    task.tool = defineProgram(async (ctx) => {
      await changed(ctx)
    })
    await task.run()
    expect(await task.outcome()).toMatchObject({
      kind: 'error',
      error: { code: -32603, message: expect.stringContaining("journal_mismatch: expected the step 'inner' (tool)") },
    })
  })

  test('is replayed at once, while the task still writes, so that it hears in the same order as what is around it', async () => {
    const heard: string[][] = []
    const isFirst = Promise.withResolvers<void>()
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        const run: string[] = []
        heard.push(run)
        const inner = defineProgram(async (within) => {
          run.push(`in ${await within.step('a', () => 'a')}`)
          isFirst.resolve()
          await ask(within)
        })
        const around = async () => {
          run.push(`around ${await ctx.step('b', () => isFirst.promise)}`)
          await ask(ctx)
        }
        const [first] = await Promise.all([ctx.run('inner', inner, {}), heard.length > 1 && pending(ctx), around()])
        return first
      }),
    )
    /** On replay a write is under way from the beginning. */
    const pending = (ctx: Context) => ctx.step('new', () => 1, { inDoubt: 'ask' })
    await task.run()
    await task.answer('elicit#1', {})
    await task.run()
    expect(heard).toEqual([
      ['in a', 'around null'],
      ['in a', 'around null'],
    ])
  })
})

test('each tool has the key of its own call, which is the one that a person is told', async () => {
  const keys: string[] = []
  const inner = defineProgram((ctx) => void keys.push(ctx.idempotencyKey))
  const middle = defineProgram(async (ctx) => {
    keys.push(ctx.idempotencyKey)
    await ctx.run('b', inner, {})
  })
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      keys.push(ctx.idempotencyKey)
      await ctx.run('a', middle, {})
    }),
  )
  await task.run()
  expect(keys).toEqual([`${task.id}/!run`, `${task.id}/a`, `${task.id}/a/b`])
})
