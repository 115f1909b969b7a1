import { type ContentBlock, type ToolResult, text } from './content.ts'
import { contentText } from './content-text.ts'
import { isMedia, mediaLength, resultText } from './result-text.ts'
import { shortenMiddle } from './shorten-middle.ts'

/** What of a tool's result a model is shown at most. No interface, so that it is JSON for TypeScript, too. */
export type ResultLimits = {
  /** Of text, as UTF-8. */
  readonly textBytes: number
  /** Of images and sounds, as base64. */
  readonly mediaBytes: number
}

export const isOversized = (result: ToolResult, { textBytes, mediaBytes }: ResultLimits): boolean =>
  Buffer.byteLength(resultText(result)) > textBytes ||
  result.content.reduce((sum, block) => sum + mediaLength(block), 0) > mediaBytes

/** Where the whole of a result can be read. */
export interface WholeResult {
  /** What the model calls it. */
  readonly name: string
  readonly uri: string
}

/**
 * What a model is shown of a result that is too large: the beginning and the end of its text, its media as long as they
 * fit, a line for those that do not, and a link to the whole.
 */
export function excerptOf(result: ToolResult, limits: ResultLimits, { name, uri }: WholeResult): ToolResult {
  const whole = resultText(result)
  const bytes = Buffer.byteLength(whole)
  const media = shownMedia(result.content, limits.mediaBytes)
  const link: ContentBlock = {
    type: 'resource_link',
    uri,
    name,
    description: 'the whole result, of which you see an excerpt',
    size: bytes,
  }
  if (bytes <= limits.textBytes) {
    const others = result.content.filter((block) => !isMedia(block))
    return { ...result, content: [...others, ...media, link] }
  }
  const { structuredContent: _, ...rest } = result
  const characters = Math.floor(whole.length * (limits.textBytes / bytes))
  return { ...rest, content: [text(shortenMiddle(whole, characters)), ...media, link] }
}

/** In their order, each as it is or as a line of words. */
function shownMedia(content: readonly ContentBlock[], mediaBytes: number): ContentBlock[] {
  let left = mediaBytes
  return content.filter(isMedia).map((block) => {
    if (block.data.length > left) return text(contentText(block))
    left -= block.data.length
    return block
  })
}
