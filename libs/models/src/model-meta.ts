import type { JsonObject, MessageBlock, ToolUse } from '@longhaul/task'
import { z } from 'zod'

/** `_meta` key of what a provider wants back with a block on the next turn; see ai-sdk/provider-meta.ts. */
export const PROVIDER_META = 'dev.longhaul/provider'

/** `_meta` key of a tool use whose arguments could not be read. */
export const MALFORMED_INPUT_META = 'dev.longhaul/malformed-input'

const malformed = z.object({ text: z.string(), reason: z.string() })

/** Arguments that a model wrote and that are no JSON object. The tool use that carries it has `input: {}`. */
export interface MalformedInput {
  /** What the model wrote, as it is. */
  readonly text: string
  /** What is wrong with it, in words that the model can act on. */
  readonly reason: string
}

/**
 * Whether the model's arguments for this call could not be read. Such a call must not be made: answer it with a
 * tool result that has `isError: true` and the reason, and the model can try again.
 */
export function malformedInput(block: ToolUse): MalformedInput | undefined {
  const meta = block._meta?.[MALFORMED_INPUT_META]
  if (meta === undefined) return undefined
  const parsed = malformed.safeParse(meta)
  return parsed.success ? parsed.data : undefined
}

/** The blocks without what only a model provider should see again, for content that leaves a conversation. */
export function withoutModelMeta(blocks: readonly MessageBlock[]): MessageBlock[] {
  return blocks.map((block) => {
    const meta = block._meta as JsonObject | undefined
    if (meta === undefined) return block
    const { [PROVIDER_META]: _provider, [MALFORMED_INPUT_META]: _malformed, ...rest } = meta
    const { _meta, ...bare } = block
    return (Object.keys(rest).length === 0 ? bare : { ...bare, _meta: rest }) as MessageBlock
  })
}
