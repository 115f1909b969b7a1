import { type ContentBlock, type Outcome, type ToolResult, text } from '@longhaul/task'
import { RPC, RpcError } from '../json-rpc.ts'
import { relatedTo } from './related-task.ts'
import type { Features } from './version.ts'

/**
 * What tools/call would have answered, for tasks/result (marked as the task's) and for a plain call.
 * @throws RpcError when the task did not end with a result (T21, T24)
 */
export function toCallToolResult(
  outcome: Outcome,
  {
    taskId,
    isRelated,
    features,
  }: { readonly taskId: string; readonly isRelated: boolean; readonly features: Features },
): Record<string, unknown> {
  switch (outcome.kind) {
    case 'error': {
      const { code, message, data } = outcome.error
      throw new RpcError(code ?? RPC.internalError, message, data)
    }
    case 'cancelled':
      throw new RpcError(RPC.internalError, 'Task cancelled', { taskId, reason: outcome.reason })
    case 'result': {
      const { _meta, ...result } = toToolResult(outcome.result, features)
      const meta = isRelated ? relatedTo(taskId, _meta) : _meta
      return { ...result, ...(meta && { _meta: meta }) }
    }
  }
}

/** Leaves out what the revision does not know; what it cannot carry becomes text. */
export function toToolResult(result: ToolResult, features: Features): ToolResult {
  const { structuredContent, ...rest } = result
  const content = result.content.map((block) => toBlock(block, features))
  if (structuredContent === undefined) return { ...rest, content }
  if (isObject(structuredContent) && features.structured) return { ...rest, content, structuredContent }
  // Before 2026 it is an object; what is none is said as text (F10).
  const says = content.some(({ type }) => type === 'text')
  return { ...rest, content: says ? content : [...content, text(JSON.stringify(structuredContent))] }
}

export const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What the revision cannot carry becomes text. */
export function toBlock(block: ContentBlock, features: Features): ContentBlock {
  if (block.type === 'audio' && !features.annotations) return text(`[audio, ${block.mimeType}]`)
  if (block.type === 'resource_link' && !features.structured) return text(`[resource ${String(block.uri)}]`)
  return block
}
