import { describeCall, type RemoteAgentTool } from '@longhaul/agent'
import type { Context, Tool } from '@longhaul/runtime'
import type { Json, JsonObject, ToolResult } from '@longhaul/task'

/** What a step calls: as a task of its own, or, where the tool is one of a server that is no durable tool, as a step. */
export type Target =
  | {
      readonly kind: 'task'
      readonly of: 'tool' | 'agent'
      readonly tool: Pick<Tool, 'name' | 'inputSchema' | 'needs' | 'undoTool'>
    }
  | { readonly kind: 'remote'; readonly tool: RemoteAgentTool }

export interface Call {
  readonly key: string
  readonly args: JsonObject
  readonly timeoutMs?: number
}

/** @throws StepError when the call failed, or what it gave is an error */
export async function callTarget(ctx: Context, target: Target, call: Call): Promise<ToolResult> {
  const { key, args, timeoutMs } = call
  const limit = timeoutMs === undefined ? {} : { timeoutMs }
  if (target.kind === 'task') return ctx.call(target.tool.name, args, { key, ...limit })
  const { tool } = target
  const { trace } = ctx
  return ctx.step(
    key,
    async ({ signal, idempotencyKey }) => {
      const result = await tool.call(args, { signal, idempotencyKey, trace })
      if (result.isError) throw new Error(textOf(result) || `The tool '${tool.name}' gave an error.`)
      return result
    },
    { kind: 'tool', input: [tool.name, args], inDoubt: tool.inDoubt, label: describeCall(tool.name, args), ...limit },
  )
}

/** What expressions see of a result. */
export const outputsOf = (result: ToolResult): Json => result.structuredContent ?? { text: textOf(result) }

const textOf = ({ content }: ToolResult): string =>
  content.flatMap((block) => (block.type === 'text' ? [String(block.text)] : [])).join('\n')
