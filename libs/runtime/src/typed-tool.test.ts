import type { Json, ToolResult } from '@longhaul/task'
import { expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import type { Context } from './context.ts'
import { defineTool } from './define-tool.ts'
import type { StructuredResult } from './typed-tool.ts'

interface Charge {
  readonly id: string
}

const charge = defineTool({
  name: 'charge',
  description: 'Charges a card.',
  inputSchema: z.object({ cents: z.number(), currency: z.string().default('EUR') }),
  outputSchema: z.object({ id: z.string(), kind: z.enum(['card', 'cash']) }),
  execute: ({ cents, currency }) => ({ id: `${cents} ${currency}`, kind: 'card' }),
  undo: (args, { structuredContent }) => {
    expectTypeOf(args).toEqualTypeOf<{ cents: number; currency: string }>()
    expectTypeOf(structuredContent).toEqualTypeOf<{ id: string; kind: 'card' | 'cash' }>()
  },
})
const free = defineTool({
  name: 'free',
  description: 'Says nothing of what it gives.',
  inputSchema: { type: 'object' },
  execute: (): Charge => ({ id: '1' }),
  undo: (_args, { structuredContent }) => expectTypeOf(structuredContent).toEqualTypeOf<Json | undefined>(),
})

const silent = defineTool({
  name: 'silent',
  description: 'Gives nothing.',
  inputSchema: z.object({}),
  async execute(_args, ctx) {
    await ctx.sleep(1)
  },
})

/** Looked at by the compiler alone. */
export async function calls(ctx: Context) {
  type Charged = StructuredResult<{ id: string; kind: 'card' | 'cash' }>
  expectTypeOf(await ctx.call(charge, { cents: 1 })).toEqualTypeOf<Charged>()
  expectTypeOf(await ctx.run('charge', charge, { cents: 1, currency: 'USD' })).toEqualTypeOf<Charged>()
  expectTypeOf(await ctx.call(free, { anything: [1] })).toEqualTypeOf<ToolResult>()
  expectTypeOf(await ctx.call('charge', { anything: [1] })).toEqualTypeOf<ToolResult>()
  expectTypeOf(await ctx.call(silent, {})).toEqualTypeOf<ToolResult>()
  expectTypeOf<Charged>().toExtend<ToolResult>()
  // @ts-expect-error: it is a number.
  void ctx.call(charge, { cents: '1' })
  // @ts-expect-error: it needs cents.
  void ctx.run('charge', charge, {})
  const [inputSchema, outputSchema] = [z.object({}), z.object({ id: z.string(), of: z.array(z.enum(['a', 'b'])) })]
  const facts = { name: 'wrong', description: 'Wrong.', inputSchema, outputSchema }
  void defineTool({ ...facts, execute: () => ({ id: '1', of: ['a'] }) })
  void defineTool({ ...facts, execute: () => ({ content: [], isError: true }) })
  // @ts-expect-error: c is none of them.
  void defineTool({ ...facts, execute: () => ({ id: '1', of: ['c'] }) })
  // @ts-expect-error: it has no list.
  void defineTool({ ...facts, execute: () => ({ id: '1' }) })
}

test('what a tool takes and gives is known to those that call it, undo it and write it', () => {
  expectTypeOf(charge.execute).toBeFunction()
})
