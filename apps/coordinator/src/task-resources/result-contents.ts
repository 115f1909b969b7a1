import { type ContentBlock, isOutcome, type JournalEntry, type Json, type ToolResult, toolError } from '@longhaul/task'

/** One piece of a resource, as MCP has it. */
export type Contents = { readonly uri: string; readonly [member: string]: Json | undefined }

/** What a tool step came to; undefined where there is no such step, or it has not ended. */
export function findResult(journal: readonly JournalEntry[], step: string): ToolResult | undefined {
  const entry = journal.filter(isOutcome).find(({ key }) => key === step)
  if (entry?.kind !== 'tool' && entry?.kind !== 'child') return undefined
  if (entry.type === 'error') return toolError(entry.error.message)
  const result = entry.value as unknown as ToolResult
  return Array.isArray(result?.content) ? result : undefined
}

/** A result as a resource: each block in its own way, then what is structured. */
export function resultContents({ content, structuredContent }: ToolResult, uri: string): readonly Contents[] {
  const contents = content.map((block) => blockContents(block, uri))
  if (structuredContent === undefined) return contents
  return [...contents, { uri, mimeType: 'application/json', text: JSON.stringify(structuredContent) }]
}

function blockContents(block: ContentBlock, uri: string): Contents {
  switch (block.type) {
    case 'text':
      return { uri, mimeType: 'text/plain', text: block.text }
    case 'image':
    case 'audio':
      return { uri, mimeType: block.mimeType, blob: block.data }
    case 'resource':
      return { uri, ...Object(block.resource) }
    default:
      return { uri, mimeType: 'application/json', text: JSON.stringify(block) }
  }
}
