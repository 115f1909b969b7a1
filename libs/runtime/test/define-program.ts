import { type Context, defineTool, type Tool, type ToolOutput } from '@longhaul/runtime'
import type { InDoubt, JsonObject } from '@longhaul/task'

/** A tool that takes anything; what is not the point of a test has defaults. It may be repeated unless said otherwise. */
export const defineProgram = (
  execute: (ctx: Context, args: JsonObject) => ToolOutput | Promise<ToolOutput>,
  { name = 'program', inDoubt = 'repeat' }: { readonly name?: string; readonly inDoubt?: InDoubt } = {},
): Tool =>
  defineTool({
    name,
    description: 'A program under test.',
    inputSchema: { type: 'object' },
    inDoubt,
    execute: (args, ctx) => execute(ctx, args),
  })
