import { type JsonSchema, text } from '@longhaul/task'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import { z as z3 } from 'zod/v3'
import { toJsonSchema } from './any-schema.ts'
import { toCatalogEntry } from './catalog-entry.ts'
import type { Context } from './context.ts'
import { defineTool, type ToolDefinition } from './define-tool.ts'
import type { ToolOutput } from './typed-tool.ts'

/** For tools that do not use it. */
const ctx = {} as Context

const define = (part: Partial<ToolDefinition<{ type: 'object' }, JsonSchema>>) =>
  defineTool({ name: 'tool', description: 'A tool.', inputSchema: { type: 'object' }, execute: () => 'done', ...part })

describe('a definition', () => {
  test('with Zod is listed as JSON Schema, and its code gets what Zod makes of the arguments', async () => {
    const tool = defineTool({
      name: 'greet',
      title: 'Greet',
      description: 'Greets somebody.',
      inputSchema: z.object({
        name: z.string(),
        times: z.int().default(1),
        on: z.string().pipe(z.coerce.date()).optional(),
      }),
      execute: (args) => {
        expectTypeOf(args).toEqualTypeOf<{ name: string; times: number; on?: Date | undefined }>()
        return `${args.name} ${args.times} ${args.on?.getTime()}`
      },
    })
    expect(tool.inputSchema).toMatchObject({
      type: 'object',
      properties: { name: { type: 'string' }, times: { type: 'integer', default: 1 }, on: { type: 'string' } },
      required: ['name'],
    })
    expect(await tool.execute({ name: 'Ada', on: '1970-01-01' }, ctx)).toEqual({ content: [text('Ada 1 0')] })
    await expect(tool.execute({ times: 0.5 }, ctx)).rejects.toThrow(
      /^Invalid arguments: name: Invalid input: expected string, received undefined; times: Invalid input/,
    )
  })

  test('with JSON Schema is listed verbatim, and its arguments are checked', async () => {
    const inputSchema = {
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      'x-order': 1,
      required: ['b'],
      type: 'object',
      properties: { b: { type: 'number' }, a: { $ref: '#/$defs/a' } },
      $defs: { a: { type: 'string' } },
    } as const
    const tool = defineTool({ name: 't', description: 'd', inputSchema, execute: (args) => args })
    expect(JSON.stringify(toCatalogEntry(tool).inputSchema)).toBe(JSON.stringify(inputSchema))
    expect((await tool.execute({ b: 1 }, ctx)).structuredContent).toEqual({ b: 1 })
    await expect(tool.execute({ a: 1 }, ctx)).rejects.toThrow('Invalid arguments: ')
  })

  test.each<[string, Partial<ToolDefinition<never, JsonSchema>>, RegExp]>([
    ['a name', { name: 'a b' }, /The tool name 'a b' must be 1 to 128 characters/],
    ['a name that is empty', { name: '' }, /The tool name '' must be/],
    ['a name that is too long', { name: 'x'.repeat(129) }, /must be 1 to 128 characters/],
    ['an input schema', { inputSchema: { type: 'nonsense' } as never }, /^tool\.inputSchema: Not a usable schema/],
    [
      'an input of another type',
      { inputSchema: { type: 'string' } as never },
      /^tool\.inputSchema must be an object schema/,
    ],
    [
      'no input schema',
      { inputSchema: undefined as never },
      /^tool\.inputSchema: There is no schema\. Give one of Zod 4/,
    ],
    [
      'an input schema of Zod 3',
      { inputSchema: z3.object({}) as never },
      /^tool\.inputSchema: It is a schema of Zod 3 or Zod Mini\. Give/,
    ],
    [
      'a Zod schema that JSON Schema cannot say',
      { inputSchema: z.object({ at: z.date() }) as never },
      /^tool\.inputSchema: /,
    ],
    ['an output schema', { outputSchema: { $schema: 'urn:other' } }, /^tool\.outputSchema: The dialect urn:other/],
  ])('with %s that cannot be used is refused', (_, part, message) => {
    expect(() => define(part as Parameters<typeof define>[0])).toThrow(message)
  })

  test('has a budget that asks at its limit, unless it says otherwise', () => {
    expect(define({ budget: { turns: 3 } }).budget).toEqual({ turns: 3, atLimit: 'ask' })
    expect(define({ budget: { turns: 3, atLimit: 'end' } }).budget).toEqual({ turns: 3, atLimit: 'end' })
  })

  test('is asked about in doubt unless it says that it may be repeated', () => {
    expect(define({}).inDoubt).toBe('ask')
    expect(define({ annotations: { destructiveHint: false } }).inDoubt).toBe('ask')
    expect(define({ annotations: { readOnlyHint: true } }).inDoubt).toBe('repeat')
    expect(define({ annotations: { idempotentHint: true } }).inDoubt).toBe('repeat')
    expect(define({ annotations: { readOnlyHint: true }, inDoubt: 'fail' }).inDoubt).toBe('fail')
  })
})

describe('what a tool returns', () => {
  test.each<[string, unknown, object]>([
    ['nothing', undefined, { content: [] }],
    ['null', null, { content: [] }],
    ['text', 'hello', { content: [{ type: 'text', text: 'hello' }] }],
    ['an empty text', '', { content: [{ type: 'text', text: '' }] }],
    ['an object', { n: 1 }, { content: [{ type: 'text', text: '{"n":1}' }], structuredContent: { n: 1 } }],
    [
      'a result',
      { content: [{ type: 'image', data: '', mimeType: 'image/png' }], _meta: { a: 1 }, isError: true },
      { content: [{ type: 'image', data: '', mimeType: 'image/png' }], _meta: { a: 1 }, isError: true },
    ],
  ])('becomes a tool result: %s', async (_, output, result) => {
    expect(await define({ execute: () => output as ToolOutput }).execute({}, ctx)).toEqual(result)
    expect(await define({ execute: async () => output as ToolOutput }).execute({}, ctx)).toEqual(result)
  })

  test.each([0, true, [1]])('may be JSON that is no object: %j', async (output) => {
    const content = [{ type: 'text', text: JSON.stringify(output) }]
    expect(await define({ execute: () => output }).execute({}, ctx)).toEqual({ content, structuredContent: output })
  })

  test('is data where a list called content has no blocks in it', async () => {
    const output = { content: ['one', { type: 7 }] }
    expect(await define({ execute: () => output }).execute({}, ctx)).toMatchObject({ structuredContent: output })
  })

  test('is structured text where the output schema says so', async () => {
    const outputSchema = { type: 'string', minLength: 2 }
    const content = [{ type: 'text', text: 'hi' }]
    const tool = define({ outputSchema, execute: () => 'hi' })
    expect(await tool.execute({}, ctx)).toEqual({ content, structuredContent: 'hi' })
    await expect(define({ outputSchema, execute: () => '' }).execute({}, ctx)).rejects.toThrow(
      'breaks its outputSchema',
    )
  })

  test('is checked against the output schema, unless it is an error', async () => {
    const returning = (output: ToolOutput) =>
      define({ outputSchema: toJsonSchema(z.object({ n: z.number() })), execute: () => output }).execute({}, ctx)
    expect((await returning({ n: 1 })).structuredContent).toEqual({ n: 1 })
    expect(await returning({ content: [], structuredContent: { n: 1 } })).toEqual({
      content: [],
      structuredContent: { n: 1 },
    })
    expect(await returning({ content: [text('no')], isError: true })).toMatchObject({ isError: true })
    await expect(returning({ n: 'one' })).rejects.toThrow(
      "The tool 'tool' gave a result that breaks its outputSchema: n must be number.",
    )
    await expect(returning('text only')).rejects.toThrow('breaks its outputSchema')
  })
})

describe('a catalog entry', () => {
  test('says all that a client and a coordinator need to know, and nothing that runs', () => {
    const tool = define({
      title: 'Tool',
      annotations: { readOnlyHint: true },
      outputSchema: { type: 'object' },
      taskSupport: 'required',
      queue: 'gpu',
      needs: { elicitation: true },
    })
    expect(toCatalogEntry(tool)).toEqual({
      name: 'tool',
      title: 'Tool',
      description: 'A tool.',
      inputSchema: { type: 'object' },
      outputSchema: { type: 'object' },
      annotations: { readOnlyHint: true },
      taskSupport: 'required',
      queue: 'gpu',
      needs: { elicitation: true },
      definition: expect.stringMatching(/^[\w-]{16}$/),
    })
    expect(toCatalogEntry(define({}))).toEqual({
      name: 'tool',
      description: 'A tool.',
      inputSchema: { type: 'object' },
      taskSupport: 'optional',
      queue: 'default',
      needs: {},
      definition: expect.any(String),
    })
  })

  test('has another definition when anything in it changed, and the same when nothing did', () => {
    const definition = (part: Parameters<typeof define>[0]) => toCatalogEntry(define(part)).definition
    expect(definition({})).toBe(definition({ execute: () => 'something else' }))
    const changes = [
      { description: 'Another.' },
      { queue: 'gpu' },
      { needs: { sampling: 'plain' } },
      { title: 'T' },
    ] as const
    expect(new Set([{}, ...changes].map(definition)).size).toBe(5)
  })
})
