import type { MessageBlock } from '@longhaul/task'

/**
 * Bytes of text, as UTF-8, that are counted as one token. English prose has about four to a token, code and JSON about
 * three, Chinese and Japanese about three: rather too many tokens than too few.
 */
export const BYTES_PER_TOKEN = 3

/** What providers count for a large image, as they scale larger ones down. */
const TOKENS_PER_IMAGE = 1600

/** Base64 characters of sound to a token, where it is compressed as usual. */
const CHARACTERS_PER_SOUND_TOKEN = 600

/** About how many tokens a text is. */
export const textTokens = (text: string): number => Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN)

/** About how many tokens content is. Nobody but its provider knows; this errs to the side of more. */
export const estimateTokens = (content: readonly MessageBlock[]): number =>
  content.reduce((total, block) => total + blockTokens(block), 0)

function blockTokens(block: MessageBlock): number {
  switch (block.type) {
    case 'text':
      return textTokens(`${block.text}`) + metaTokens(block)
    case 'image':
      return TOKENS_PER_IMAGE
    case 'audio':
      return Math.ceil(`${block.data}`.length / CHARACTERS_PER_SOUND_TOKEN)
    case 'tool_result': {
      const { content, structuredContent } = block as { content: readonly MessageBlock[]; structuredContent?: unknown }
      // It says the same again, as a rule, and is shown where it does not.
      return Math.max(estimateTokens(content), structuredContent === undefined ? 0 : jsonTokens(structuredContent))
    }
    case 'resource': {
      // What is binary is shown as a line of words.
      const { blob: _, ...shown } = Object(block.resource)
      return jsonTokens(shown)
    }
    default:
      return jsonTokens(block)
  }
}

/** Thinking that goes back to its provider with the block. */
const metaTokens = ({ _meta }: MessageBlock): number => (_meta === undefined ? 0 : jsonTokens(_meta))

const jsonTokens = (value: unknown): number => textTokens(JSON.stringify(value) ?? '')
