import type { JsonObject, Outcome } from '@longhaul/task'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, startBench } from '../test/drive-task.ts'
import { type Context, ProtocolError, StepError } from './index.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const ask = (ctx: Context) => ctx.elicit({ message: 'Go on?', schema: { type: 'object' } })

/** What a promise comes to, in one line. */
const told = (promise: Promise<unknown>) =>
  promise.then(
    (value) => JSON.stringify(value),
    (error: Error) => `${error.name}: ${error.message}`,
  )

describe('replay', () => {
  test('gives the values and errors that were journaled, without doing the steps again', async () => {
    const bodies: string[] = []
    const heard: string[][] = []
    const program = defineProgram(async (ctx) => {
      const run: string[] = []
      heard.push(run)
      const date = new Date(0)
      const value = () => {
        bodies.push('value')
        return { date, none: undefined }
      }
      run.push(await told(ctx.step('value', value)))
      run.push(await told(ctx.step('nothing', () => undefined)))
      const failing = ctx.step('error', () => {
        bodies.push('error')
        throw new ProtocolError(-32001, 'No such file', { path: '/x' })
      })
      run.push(await told(failing))
      const failure = (await failing.catch((error: unknown) => error)) as StepError
      run.push(`${failure instanceof StepError} ${failure.step} ${failure.code} ${JSON.stringify(failure.data)}`)
      run.push(JSON.stringify(await ask(ctx)))
    })
    const task = await bench.submit(program)
    expect(await task.run()).toBe('suspended')
    await task.answer('elicit#1', {})
    expect(await task.run()).toBe('finished')
    expect(bodies).toEqual(['value', 'error'])
    expect(heard[0]).toEqual([
      '{"date":"1970-01-01T00:00:00.000Z"}',
      'null',
      'StepError: No such file',
      'true error -32001 {"path":"/x"}',
    ])
    expect(heard[1]).toEqual([...(heard[0] ?? []), '{"action":"accept","content":{}}'])
  })

  test('does a step again that was not journaled when its worker died', async () => {
    const bodies: string[] = []
    const dies = Promise.withResolvers<void>()
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        await ctx.step('first', () => bodies.push('first'))
        await ctx.step('second', ({ idempotencyKey }) => {
          bodies.push(idempotencyKey)
          if (bodies.length > 2) return
          dies.resolve()
          return new Promise(() => {})
        })
      }),
    )
    const running = await task.activate()
    await dies.promise
    running.stop('crash')
    expect(await task.run()).toBe('finished')
    expect(bodies).toEqual(['first', `${task.id}/second`, `${task.id}/second`])
  })

  test('passes the arguments, and the result as JSON makes it', async () => {
    const echo = defineProgram((_, args) => ({ content: [], structuredContent: { got: args, none: undefined } }))
    const task = await bench.submit(echo, { args: { a: [1] } })
    await task.run()
    expect(await task.outcome()).toEqual({
      kind: 'result',
      result: { content: [], structuredContent: { got: { a: [1] } } },
    })
  })
})

describe('keys', () => {
  test('are refused when they are used twice in one run', async () => {
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        await ctx.step('a', () => 1)
        return `${await told(ctx.step('a', () => 2))} ${await ctx.step('b', () => 3)}`
      }),
    )
    await task.run()
    expect(await task.text()).toBe("Error: The step key 'a' is used twice in one run of the task. 3")
  })

  test.each(['', 'a b', 'a/b', 'a!1', 'a#1', 'x'.repeat(201)])('are refused where they look like %j', async (key) => {
    const task = await bench.submit(defineProgram((ctx) => told(ctx.step(key, () => 1))))
    await task.run()
    expect(await task.text()).toContain(
      "must be 1 to 200 characters (LONGHAUL_MAX_STEP_KEY_CHARACTERS) without spaces, '/', '!' and '#'.",
    )
  })

  test('are as long as a setting says, in a tool that runs inside as well', async () => {
    const inner = defineProgram((ctx) => told(ctx.step('x'.repeat(301), () => 1)), { name: 'inner' })
    const outer = defineProgram(async (ctx) => {
      const { content } = await ctx.run('in', inner, {})
      return `${await ctx.step('x'.repeat(300), () => 7)} ${content[0]?.text}`
    })
    const task = await bench.submit(outer, { settings: { maxStepKeyCharacters: 300 } })
    await task.run()
    expect(await task.text()).toMatch(/^7 Error: The step key .* must be 1 to 300 characters/)
  })
})

describe('journal_mismatch', () => {
  const failed = (message: string): Outcome => ({
    kind: 'error',
    error: { code: -32603, message },
    misfit: expect.any(String),
  })
  const mismatch = (expected: string, came: string) =>
    `journal_mismatch: expected ${expected}, which is on record, and came to ${came}. Has the code changed under a running task? A retry begins with the last step before that.`

  test.each<[string, (ctx: Context) => Promise<unknown>, string]>([
    [
      'the input of a step changed',
      (ctx) => ctx.step('a', () => 1, { input: { n: 2 } }),
      mismatch("the step 'a' (step)", 'it with another input'),
    ],
    [
      'a step became one of another kind',
      (ctx) => ctx.step('a', () => 1, { input: { n: 1 }, kind: 'tool' }),
      mismatch("the step 'a' (step)", "the step 'a' (tool)"),
    ],
    [
      'an open question has another text',
      async (ctx) => {
        await ctx.step('a', () => 1, { input: { n: 1 } })
        await ctx.elicit({ message: 'Really?', schema: { type: 'object' } })
      },
      mismatch("the step 'elicit#1' (question)", 'it with another input'),
    ],
  ])(
    'fails the task where %s, even when the code catches it, and nothing begins after it',
    async (_, changed, message) => {
      const task = await bench.submit(
        defineProgram(async (ctx) => {
          await ctx.step('a', () => 1, { input: { n: 1 } })
          await ask(ctx)
          await ask(ctx)
        }),
      )
      await task.run()
      await task.answer('elicit#1', {})
      const began: string[] = []
      task.tool = defineProgram(async (ctx) => {
        const other = ctx.step('other', () => began.push('other'))
        await changed(ctx).catch(() => {})
        began.push('caught')
        await ctx.step('after', () => began.push('after'))
        await other
        return 'all is well'
      })
      expect(await task.run()).toBe('finished')
      expect(await task.outcome()).toEqual(failed(message))
      expect(began).not.toContain('after')
      expect(task.errors).toHaveLength(1)
    },
  )

  test('is thrown by instants too', async () => {
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        await ctx.step('a', () => 1)
        ctx.now()
        await ask(ctx)
      }),
    )
    await task.run()
    await task.answer('elicit#1', {})
    task.tool = defineProgram(async (ctx) => {
      await ctx.elicit({ key: 'a', message: 'Now?', schema: { type: 'object' } }).catch(() => {})
      return `${ctx.now()}`
    })
    await task.run()
    expect(await task.outcome()).toMatchObject({ kind: 'error', error: { code: -32603 } })
  })
})

describe('limits', () => {
  test('fail a step whose value is too large', async () => {
    const task = await bench.submit(
      defineProgram((ctx) => told(ctx.step('big', () => 'x'.repeat(200)))),
      { settings: { maxResultBytes: 150 } },
    )
    await task.run()
    expect(await task.text()).toBe(
      'StepError: The value of the step is 202 bytes; the most is 150 (LONGHAUL_MAX_RESULT_BYTES).',
    )
    expect(await task.journal()).toMatchObject([{ key: 'big', type: 'error' }])
  })

  test.each<[string, () => unknown, RegExp]>([
    ['is no JSON', () => 1n, /^StepError: Do not know how to serialize a BigInt$/],
    [
      'failed with more than can be kept',
      () => {
        throw new ProtocolError(-1, 'Too much', 'x'.repeat(200))
      },
      /^StepError: The error is \d+ bytes; the most is 150 /,
    ],
  ])('fail a step that %s', async (_, body, message) => {
    const task = await bench.submit(
      defineProgram((ctx) => told(ctx.step('unfit', body))),
      { settings: { maxResultBytes: 150 } },
    )
    await task.run()
    expect(await task.text()).toMatch(message)
  })

  test('turn a result that is too large into an error for the model', async () => {
    const program = defineProgram(() => 'x'.repeat(200))
    const task = await bench.submit(program, { settings: { maxResultBytes: 100 } })
    await task.run()
    expect(await task.outcome()).toMatchObject({ kind: 'result', result: { isError: true } })
    expect(await task.text()).toBe('The result is 239 bytes; the most is 100 (LONGHAUL_MAX_RESULT_BYTES).')
  })

  test('end a task that would take too many steps, but not one that is replayed', async () => {
    const program = defineProgram(async (ctx) => {
      for (let n = 1; n <= 3; n++) await ctx.step(`s${n}`, () => n)
      await ask(ctx)
      return 'enough'
    })
    const task = await bench.submit(program, { settings: { maxJournalEntries: 4 } })
    expect(await task.run()).toBe('suspended')
    await task.answer('elicit#1', {})
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe('enough')

    const tooLong = await bench.submit(program, { settings: { maxJournalEntries: 3 } })
    await tooLong.run()
    expect(await tooLong.outcome()).toEqual({
      kind: 'error',
      error: {
        code: -32603,
        message: 'journal_limit: the task has 3 journal records; the most is 3 (LONGHAUL_MAX_JOURNAL_ENTRIES)',
      },
    })
  })
})

describe('an end', () => {
  const circular: { self?: unknown } = {}
  circular.self = circular

  test.each<[string, unknown, Outcome]>([
    [
      'an ordinary error is a result that the model sees',
      new TypeError('No such thing'),
      { kind: 'result', result: { content: [{ type: 'text', text: 'No such thing' }], isError: true } },
    ],
    [
      'what is no error, too',
      'enough',
      { kind: 'result', result: { content: [{ type: 'text', text: 'enough' }], isError: true } },
    ],
    [
      'a protocol error is the error of the task',
      new ProtocolError(-32002, 'Not found', { uri: 'file:///x' }),
      { kind: 'error', error: { code: -32002, message: 'Not found', data: { uri: 'file:///x' } } },
    ],
    [
      'its data is left out where it is no JSON',
      new ProtocolError(-32002, 'Not found', circular as JsonObject),
      { kind: 'error', error: { code: -32002, message: expect.stringContaining('circular') } },
    ],
  ])('%s', async (_, error, outcome) => {
    const task = await bench.submit(
      defineProgram(() => {
        throw error
      }),
    )
    expect(await task.run()).toBe('finished')
    expect(await task.outcome()).toEqual(outcome)
    expect(task.errors).toEqual([error])
  })

  test('is reached with the failure of a step that nobody awaits on record only', async () => {
    const unhandled: unknown[] = []
    const listener = (error: unknown) => unhandled.push(error)
    process.on('unhandledRejection', listener)
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        const fails = () => Promise.reject(new Error('unseen'))
        void ctx.step('unseen', fails)
        const late = ctx.step('late', fails)
        for (const key of ['a', 'b', 'c']) await ctx.step(key, () => 1)
        return told(late)
      }),
    )
    await task.run()
    process.off('unhandledRejection', listener)
    expect(unhandled).toEqual([])
    expect(await task.text()).toBe('StepError: unseen')
  })

  test('does not wait for the losers of a race, whose outcome counts for nothing', async () => {
    const slow = Promise.withResolvers<string>()
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        const loser = ctx.step('slow', () => slow.promise).then(() => ctx.step('after', () => 1))
        return (await Promise.race([loser, ctx.step('fast', () => 'fast')])) as string
      }),
    )
    expect(await task.run()).toBe('finished')
    slow.resolve('slow')
    expect(await task.text()).toBe('fast')
    expect(await task.keys()).toEqual(['fast'])
  })
})
