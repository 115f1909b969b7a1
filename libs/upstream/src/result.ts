import { type ContentBlock, type JsonObject, type ToolResult, text } from '@longhaul/task'
import { RELATED_TASK } from './exchange.ts'

/**
 * A tools/call result as far as anybody here relies on it: content blocks with a type. How large it is and whether it
 * fits the tool's output schema is for the caller to judge.
 * @returns undefined where it is no tool result
 */
export function readResult(result: object): ToolResult | undefined {
  const { content, structuredContent, isError, _meta }: Partial<Record<string, unknown>> = { ...result }
  const structured = readStructured(structuredContent)
  // Older servers may answer with structured content alone.
  const blocks = content ?? (structured && [text(JSON.stringify(structured))])
  if (!Array.isArray(blocks) || !blocks.every(isBlock)) return undefined
  return {
    content: blocks,
    ...(structured && { structuredContent: structured }),
    ...(isError === true && { isError }),
    ...readMeta(_meta),
  }
}

/** What a server says of itself, and of its own task: whoever called us knows neither. */
const OF_SERVER: ReadonlySet<string> = new Set([RELATED_TASK, 'io.modelcontextprotocol/serverInfo'])

function readMeta(value: unknown): Pick<ToolResult, '_meta'> {
  const members = Object.entries(isObject(value) ? value : {}).filter(([name]) => !OF_SERVER.has(name))
  return members.length > 0 ? { _meta: Object.fromEntries(members) } : {}
}

/**
 * In 2026 structured content may be any JSON value; as in 2025, one that is no object is wrapped into one. Null is what
 * some servers write for nothing.
 */
function readStructured(value: unknown): JsonObject | undefined {
  if (value === undefined || value === null) return undefined
  if (isObject(value)) return value
  return { result: value as JsonObject[string] }
}

const isBlock = (block: unknown): block is ContentBlock => isObject(block) && typeof block.type === 'string'

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
