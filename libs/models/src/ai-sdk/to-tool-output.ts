import { isDeepStrictEqual } from 'node:util'
import { type ContentBlock, type Json, type ToolResultBlock, text } from '@longhaul/task'
import type { FilePart, ToolPart } from './language-model.ts'
import { toPart } from './to-parts.ts'
import type { Traits } from './wires.ts'

export interface ToolOutput {
  readonly output: ToolPart['output']
  /** Files that the provider's tool results cannot hold; they belong in the user message right after. */
  readonly displaced: readonly FilePart[]
}

/** A tool's result as the provider takes it. */
export function toToolOutput(result: ToolResultBlock, traits: Traits): ToolOutput {
  const isError = result.isError === true
  const parts = [...result.content, ...structuredText(result)].map((block) => toPart(block, traits))
  const files = parts.filter((part) => part.type === 'file')
  const failed = { type: 'text' as const, text: 'The tool call failed.' }

  const isHeld = (part: FilePart) => traits.toolImages && part.mediaType.startsWith('image/')
  const displaced = files.filter((file) => !isHeld(file))
  const shown = parts.map((part) =>
    part.type === 'text' || isHeld(part)
      ? part
      : { type: 'text' as const, text: `[${part.mediaType}: it follows in the next message]` },
  )
  if (files.some(isHeld))
    // A result with files cannot be marked as an error, on any wire.
    return { output: { type: 'content', value: isError ? [failed, ...shown] : shown }, displaced }

  const words = shown.flatMap((part) => (part.type === 'text' ? part.text : []))
  if (isError && !traits.toolErrors) words.unshift(failed.text)
  // An empty error is refused by Anthropic, and an empty result leaves a model wondering.
  const value = words.join('\n') || 'The tool returned nothing.'
  return { output: { type: isError ? 'error-text' : 'text', value }, displaced }
}

/** The structured content in words, unless the tool said the same in its content, as the specification asks it to. */
function structuredText({ content, structuredContent }: ToolResultBlock): ContentBlock[] {
  if (structuredContent === undefined) return []
  const json = text(JSON.stringify(structuredContent))
  return content.some((block) => says(block, structuredContent, json.text)) ? [] : [json]
}

function says(block: ContentBlock, structured: Json, json: string): boolean {
  if (block.type !== 'text') return false
  // Most write it so, and with each turn of a conversation all of its results are looked at.
  if (block.text === json) return true
  try {
    return isDeepStrictEqual(JSON.parse(block.text), structured)
  } catch {
    return false // Prose, not JSON.
  }
}
