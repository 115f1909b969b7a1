import { describeCall, type RemoteAgentTool } from '@longhaul/agent'
import type { Context, Tool } from '@longhaul/runtime'
import type { Json, JsonObject, ToolResult } from '@longhaul/task'
import type { Gate } from './gate.ts'
import { type Attempts, withRetry } from './with-retry.ts'

/** What a step calls: as a task of its own, or, where the tool is one of a server that is no durable tool, as a step. */
export type Target =
  | {
      readonly kind: 'task'
      readonly of: 'tool' | 'agent'
      readonly tool: Pick<Tool, 'name' | 'inputSchema' | 'needs' | 'undoTool' | 'unpricedModels'>
    }
  | { readonly kind: 'remote'; readonly tool: RemoteAgentTool }

export interface Call extends Attempts {
  readonly target: Target
  readonly args: JsonObject
  readonly timeoutMs?: number | undefined
  readonly isUndo?: true
  /** Every attempt goes through it. */
  readonly gate: Gate
}

/**
 * Makes a call, as often as it may be made until it succeeds; all attempts have the same idempotency key.
 * @throws StepError when the last one failed, or what it gave is an error; CutOff
 */
export function callTarget(ctx: Context, call: Call): Promise<ToolResult> {
  const { target, key, args, timeoutMs, isUndo, retry, begin, gate } = call
  const limit = timeoutMs === undefined ? {} : { timeoutMs }
  if (target.kind === 'task') {
    return withRetry(ctx, call, (attempt) =>
      gate.through(() => ctx.call(target.tool.name, args, { ...attempt, ...limit, ...(isUndo && { isUndo }) })),
    )
  }
  const { tool } = target
  begin(key)
  return gate.through(() => callRemote(ctx, tool, { key, args, ...limit, ...(retry && { retry }) }))
}

type RemoteCall = Pick<Call, 'key' | 'args' | 'retry' | 'timeoutMs'>

function callRemote(ctx: Context, tool: RemoteAgentTool, { key, args, retry, timeoutMs }: RemoteCall) {
  const { trace } = ctx
  return ctx.step(
    key,
    async ({ signal, idempotencyKey }) => {
      const result = await tool.call(args, { signal, idempotencyKey, trace })
      if (result.isError) throw new Error(textOf(result) || `The tool '${tool.name}' gave an error.`)
      return result
    },
    {
      ...{ kind: 'tool', input: [tool.name, args], inDoubt: tool.inDoubt, label: describeCall(tool.name, args) },
      ...(retry && { retry }),
      ...(timeoutMs !== undefined && { timeoutMs }),
    },
  )
}

/** What expressions see of a result. */
export const outputsOf = (result: ToolResult): Json => result.structuredContent ?? { text: textOf(result) }

const textOf = ({ content }: ToolResult): string =>
  content.flatMap((block) => (block.type === 'text' ? [String(block.text)] : [])).join('\n')
