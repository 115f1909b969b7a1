import type { ContentBlock, ImageContent, ToolResult } from './content.ts'
import { contentText } from './content-text.ts'

/**
 * All that a result says in words; media are not in it. What is structured counts where the content does not say the
 * same already, as the specification asks it to.
 */
export function resultText({ content, structuredContent }: ToolResult): string {
  const words = content.filter((block) => !isMedia(block)).map(contentText)
  if (structuredContent === undefined) return words.join('\n')
  const forms = [JSON.stringify(structuredContent), JSON.stringify(structuredContent, null, 2)]
  const isSaid = words.some((text) => forms.includes(text.trim()))
  return [...words, ...(isSaid ? [] : forms.slice(0, 1))].join('\n')
}

/** Characters of base64. */
export const mediaLength = (block: ContentBlock): number => (isMedia(block) ? block.data.length : 0)

export const isMedia = (block: ContentBlock): block is ImageContent => block.type === 'image' || block.type === 'audio'
