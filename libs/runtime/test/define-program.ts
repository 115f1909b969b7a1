import { type Context, defineTool, type Tool, type ToolOutput } from '@longhaul/runtime'
import type { InDoubt, JsonObject } from '@longhaul/task'

/** One object, since a schema is compiled once per object. */
const ANYTHING = { type: 'object' }

/** A tool that takes anything; what is not the point of a test has defaults. It may be repeated unless said otherwise. */
export const defineProgram = (
  execute: (ctx: Context, args: JsonObject) => ToolOutput | Promise<ToolOutput>,
  {
    name = 'program',
    inDoubt = 'repeat',
    timeoutMs = 0,
  }: { readonly name?: string; readonly inDoubt?: InDoubt; readonly timeoutMs?: number } = {},
): Tool =>
  defineTool({
    name,
    description: 'A program under test.',
    inputSchema: ANYTHING,
    inDoubt,
    timeoutMs,
    execute: (args, ctx) => execute(ctx, args),
  })
