import type { JsonObject, MessageBlock, ModelAnswer, ToolUse, Usage } from '@longhaul/task'
import { MALFORMED_INPUT_META, type MalformedInput } from '../model-meta.ts'
import type { Generated } from './language-model.ts'
import { providerMeta, type Reasoning } from './provider-meta.ts'
import type { ToolNames } from './tool-names.ts'

type Content = Generated['content'][number]

/** The model's turn in MCP's words. */
export function toAnswer(
  generated: Pick<Generated, 'content' | 'finishReason' | 'usage'>,
  model: string,
  names: ToolNames,
): ModelAnswer {
  const content = toBlocks(generated.content, model, names)
  const stopReason = toStopReason(generated.finishReason, content)
  const refusal = stopReason === 'refusal' ? (generated.finishReason.raw ?? stopReason) : undefined
  const usage = toUsage(generated.usage)
  return {
    ...{ model, role: 'assistant', content },
    ...(stopReason && { stopReason }),
    ...(refusal && { refusal }),
    ...(usage && { usage }),
  }
}

/**
 * Reasoning is kept with the block that it led to. Where no block follows (the answer was cut off), it is dropped:
 * providers refuse a turn that ends in reasoning.
 */
function toBlocks(parts: readonly Content[], model: string, names: ToolNames): MessageBlock[] {
  const blocks: MessageBlock[] = []
  let before: Reasoning[] = []
  for (const part of parts) {
    if (part.type === 'reasoning') {
      before.push({ text: part.text, ...(part.providerMetadata && { metadata: part.providerMetadata }) })
      continue
    }
    const block = toBlock(part, names)
    if (!block) continue
    const meta = providerMeta(model, { before, metadata: part.providerMetadata })
    blocks.push(meta ? { ...block, _meta: { ...(block._meta as JsonObject | undefined), ...meta } } : block)
    before = []
  }
  return blocks
}

/** Nothing for parts that only come where a provider runs tools itself, which is never asked for. */
function toBlock(part: Content, names: ToolNames): MessageBlock | undefined {
  switch (part.type) {
    case 'text':
      return part.text === '' ? undefined : { type: 'text', text: part.text }
    case 'tool-call':
      return part.providerExecuted ? undefined : toToolUse(part, names)
    case 'file': {
      const type = /^(image|audio)\//.exec(part.mediaType)?.[1] as 'image' | 'audio' | undefined
      if (!type || part.data.type !== 'data') return undefined
      const { data } = part.data
      return {
        type,
        mimeType: part.mediaType,
        data: typeof data === 'string' ? data : Buffer.from(data).toString('base64'),
      }
    }
    default:
      return undefined
  }
}

function toToolUse(call: Extract<Content, { type: 'tool-call' }>, names: ToolNames): ToolUse {
  const use = { type: 'tool_use', id: call.toolCallId, name: names.fromProvider(call.toolName) } as const
  const parsed = parseArguments(call.input)
  if ('input' in parsed) return { ...use, input: parsed.input }
  return { ...use, input: {}, _meta: { [MALFORMED_INPUT_META]: { ...parsed } } }
}

/** Some servers send an empty text for a tool without parameters. */
function parseArguments(text: string): { readonly input: JsonObject } | MalformedInput {
  if (text.trim() === '') return { input: {} }
  try {
    const input: unknown = JSON.parse(text)
    if (typeof input === 'object' && input !== null && !Array.isArray(input)) return { input: input as JsonObject }
    return { text, reason: 'The arguments of a tool call must be a JSON object.' }
  } catch (error) {
    return { text, reason: `The arguments of a tool call must be a JSON object: ${(error as Error).message}` }
  }
}

function toStopReason(finish: Generated['finishReason'], content: readonly MessageBlock[]): string | undefined {
  if (finish.raw === 'stop_sequence') return 'stopSequence'
  if (finish.unified === 'content-filter') return 'refusal'
  if (finish.unified === 'length') return 'maxTokens'
  if (finish.unified === 'tool-calls') return 'toolUse'
  // Some compatible servers say `stop` although they call tools.
  if (finish.unified === 'stop') return content.some(({ type }) => type === 'tool_use') ? 'toolUse' : 'endTurn'
  return finish.raw ?? finish.unified
}

function toUsage({ inputTokens, outputTokens }: Generated['usage']): Usage | undefined {
  const counted = (name: keyof Usage, tokens: number | undefined): [keyof Usage, number][] =>
    tokens === undefined ? [] : [[name, tokens]]
  // Of a part, none is as good as not counted.
  const part = (name: keyof Usage, tokens: number | undefined) => counted(name, tokens || undefined)
  const counts = [
    ...counted('inputTokens', inputTokens.total),
    ...counted('outputTokens', outputTokens.total),
    ...part('cacheReadTokens', inputTokens.cacheRead),
    ...part('cacheWriteTokens', inputTokens.cacheWrite),
    ...part('thinkingTokens', outputTokens.reasoning),
  ]
  return counts.length > 0 ? Object.fromEntries(counts) : undefined
}
