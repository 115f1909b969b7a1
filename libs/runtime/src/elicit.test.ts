import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { defineProgram } from '../test/define-program.ts'
import { type Bench, startBench } from '../test/drive-task.ts'

let bench: Bench
beforeAll(async () => {
  bench = await startBench()
})
afterAll(() => bench.stop())

const failure = (promise: Promise<unknown>) => promise.then(String, (error: Error) => `${error.name}: ${error.message}`)

test('a question is over at its deadline, also while something else of the task still runs', async () => {
  const gate = Promise.withResolvers<void>()
  let heard = ''
  const task = await bench.submit(
    defineProgram(async (ctx) => {
      const work = ctx.step('work', () => gate.promise)
      heard = await failure(ctx.elicit({ message: 'Now?', schema: { type: 'object' }, deadlineMs: 20 }))
      gate.resolve()
      await work
    }),
  )
  expect(await (await task.activate(60_000)).ended).toBe('finished')
  expect(heard).toBe('StepError: Nobody answered before the deadline of the question.')
  expect(await task.keys()).toEqual(['elicit#1', 'work'])
})

test('a question that says what it is about may be worded otherwise while it is open', async () => {
  let message = 'Who?'
  const said: string[] = []
  const ask = (name: string, input?: string) =>
    defineProgram(async (ctx) => {
      await ctx.elicit({ message, schema: { type: 'object' }, ...(input && { input }) })
      said.push(name)
    })
  const [about, not] = [await bench.submit(ask('about', 'a name')), await bench.submit(ask('not'))]
  for (const task of [about, not]) {
    await task.run()
    await task.answer('elicit#1', {})
  }
  message = 'Your name?'
  for (const task of [about, not]) expect(await task.run()).toBe('finished')
  expect(said).toEqual(['about'])
})

describe('a form', () => {
  test('goes out as a flat object schema, and its answer comes back as Zod makes it', async () => {
    const schema = z.strictObject({
      name: z.string().min(1).describe('Whom to greet'),
      size: z.enum(['s', 'm']).default('m'),
      times: z.int().min(1).max(3).optional(),
      tags: z.array(z.enum(['x', 'y'])).optional(),
      day: z.string().transform((day) => day.toUpperCase()),
    })
    let got: unknown
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        const reply = await ctx.elicit({ message: 'Whom?', schema })
        if (reply.action === 'accept') expectTypeOf(reply.content.size).toEqualTypeOf<'s' | 'm'>()
        got = reply
      }),
    )
    await task.run()
    expect(await task.waits()).toMatchObject([{ key: 'elicit#1', kind: 'question' }])
    const [wait] = await task.waits()
    expect(wait?.wait === 'question' && wait.question).toEqual({
      method: 'elicitation/create',
      message: 'Whom?',
      requestedSchema: {
        type: 'object',
        properties: {
          name: { type: 'string', minLength: 1, description: 'Whom to greet' },
          size: { type: 'string', enum: ['s', 'm'], default: 'm' },
          times: { type: 'integer', minimum: 1, maximum: 3 },
          tags: { type: 'array', items: { type: 'string', enum: ['x', 'y'] } },
          day: { type: 'string' },
        },
        required: ['name', 'day'],
      },
    })
    await task.answer('elicit#1', { name: 'Ada', day: 'monday' })
    expect(await task.run()).toBe('finished')
    expect(got).toEqual({ action: 'accept', content: { name: 'Ada', size: 'm', day: 'MONDAY' } })
  })

  test('of JSON Schema goes out as it is, and its answer comes back as it was given', async () => {
    const schema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      type: 'object',
      properties: { way: { type: 'string', oneOf: [{ const: 'a', title: 'A' }] } },
      additionalProperties: false,
    }
    let got: unknown
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        got = await ctx.elicit({ key: 'way', message: 'Which?', schema })
      }),
    )
    await task.run()
    expect(await task.waits()).toMatchObject([
      { key: 'way', question: { requestedSchema: { type: 'object', properties: schema.properties } } },
    ])
    const [wait] = await task.waits()
    expect(wait?.wait === 'question' && Object.keys(Object(wait.question).requestedSchema)).toEqual([
      'type',
      'properties',
    ])
    await task.resolve('way', { value: { action: 'cancel' } })
    await task.run()
    expect(got).toEqual({ action: 'cancel' })
  })

  test.each([
    [z.object({ who: z.object({ name: z.string() }) }), "elicit.schema: 'who' must be a string, number, boolean, enum"],
    [{ type: 'object', properties: { a: { type: 'array', items: { type: 'string' } } } }, "elicit.schema: 'a' must be"],
    [{ type: 'array' }, 'elicit.schema must be an object schema (type: object).'],
    [{ type: 'object', required: 'all' }, 'elicit.schema: Not a usable schema'],
  ])('that no client could show is refused: %#', async (schema, message) => {
    const task = await bench.submit(
      defineProgram((ctx) => failure(ctx.elicit({ message: '?', schema: schema as { type: string } }))),
    )
    await task.run()
    expect(await task.text()).toContain(message)
  })

  test('says which answer breaks a rule that only Zod knows', async () => {
    const schema = z.object({ even: z.number().refine((n) => n % 2 === 0, 'must be even') })
    const task = await bench.submit(defineProgram((ctx) => failure(ctx.elicit({ message: '?', schema }))))
    await task.run()
    await task.answer('elicit#1', { even: 3 })
    await task.run()
    expect(await task.text()).toBe('Error: Invalid answer: even: must be even.')
  })

  test('fails at once where nobody can be asked', async () => {
    const task = await bench.submit(
      defineProgram((ctx) => failure(ctx.elicit({ message: '?', schema: { type: 'object' } }))),
      { audience: { sampling: 'tools', elicitation: false } },
    )
    expect(await task.run()).toBe('finished')
    expect(await task.text()).toBe(
      'StepError: Nobody can be asked: the client that submitted the task did not declare elicitation.',
    )
  })

  test('is open as long as it says, else as long as the settings do', async () => {
    const schema = { type: 'object' }
    const task = await bench.submit(
      defineProgram(async (ctx) => {
        await Promise.all([
          ctx.elicit({ message: '?', schema, deadlineMs: 1000 }),
          ctx.elicit({ message: '?', schema }),
        ])
      }),
      { settings: { questionDeadlineMs: 5000 } },
    )
    await task.run()
    const waits = await task.waits()
    expect(waits.map(({ deadline, at }) => Math.round((deadline - at) / 1000)).sort()).toEqual([1, 5])
  })
})
