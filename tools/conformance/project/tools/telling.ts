import { type Context, defineTool } from 'longhaul'
import { z } from 'zod'

const nothing = z.object({})
const reads = { readOnlyHint: true }
/** The suites want the messages apart in time. */
const APART_MS = 50

export const withLogging = defineTool({
  name: 'test_tool_with_logging',
  description: 'Logs three messages.',
  inputSchema: nothing,
  annotations: reads,
  execute: (_args, ctx) => logThree(ctx, APART_MS),
})

export const logging = defineTool({
  name: 'test_logging_tool',
  description: 'Logs three messages, which only those hear who asked for them.',
  inputSchema: nothing,
  annotations: reads,
  execute: (_args, ctx) => logThree(ctx, 0),
})

async function logThree(ctx: Context, apartMs: number): Promise<string> {
  // The stream of a call that is no task may begin a little later than its tool.
  if (apartMs > 0) await ctx.sleep(apartMs)
  ctx.log('info', 'Tool execution started')
  if (apartMs > 0) await ctx.sleep(apartMs)
  ctx.log('info', 'Tool processing data')
  if (apartMs > 0) await ctx.sleep(apartMs)
  ctx.log('info', 'Tool execution completed')
  return 'Three messages were logged.'
}

export const withProgress = defineTool({
  name: 'test_tool_with_progress',
  description: 'Reports progress three times.',
  inputSchema: nothing,
  annotations: reads,
  async execute(_args, ctx) {
    for (const progress of [0, 50, 100]) {
      ctx.progress(progress, 100, `Completed step ${progress} of 100`)
      await ctx.sleep(APART_MS)
    }
    return 'Progress was reported three times.'
  },
})

export const reconnection = defineTool({
  name: 'test_reconnection',
  description: 'Takes so long that its stream is closed meanwhile, for the client to resume.',
  inputSchema: nothing,
  annotations: reads,
  async execute(_args, ctx) {
    await ctx.sleep(1500)
    return 'Reconnection test completed successfully.'
  },
})
