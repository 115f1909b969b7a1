import type { ContentBlock, Outcome, ToolResult } from '@longhaul/task'

/** How a task ended, for people: what belongs on standard output, and what is wrong. */
export interface RenderedOutcome {
  readonly out?: string
  readonly err?: string
}

export function renderOutcome(outcome: Outcome): RenderedOutcome {
  switch (outcome.kind) {
    case 'result':
      return outcome.result.isError ? { err: renderResult(outcome.result) } : { out: renderResult(outcome.result) }
    case 'error':
      return { err: outcome.error.message }
    case 'cancelled':
      return { err: `The task was cancelled: ${outcome.reason}` }
  }
}

/** Its content; where that is only the structured one said again, that. */
export function renderResult({ content, structuredContent }: ToolResult): string {
  if (structuredContent !== undefined && content.every((block) => saysTheSame(block, structuredContent)))
    return JSON.stringify(structuredContent, null, 2)
  return content.map(renderBlock).join('\n')
}

function saysTheSame(block: ContentBlock, structured: unknown): boolean {
  if (block.type !== 'text') return false
  try {
    return JSON.stringify(JSON.parse(`${block.text}`)) === JSON.stringify(structured)
  } catch {
    return false
  }
}

function renderBlock(block: ContentBlock): string {
  if (block.type === 'text') return `${block.text}`
  const { type, mimeType, uri } = block as { readonly type: string; readonly mimeType?: string; readonly uri?: string }
  return `[${[type, mimeType, uri].filter(Boolean).join(' ')}]`
}
