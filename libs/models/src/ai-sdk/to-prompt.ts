import { contentText, isToolUse, type Message, type ToolResultBlock } from '@longhaul/task'
import { malformedInput } from '../model-meta.ts'
import type { AssistantPart, PromptMessage, ToolPart, UserPart } from './language-model.ts'
import { readProviderMeta } from './provider-meta.ts'
import { toPart } from './to-parts.ts'
import { toToolOutput } from './to-tool-output.ts'
import type { ToolNames } from './tool-names.ts'
import type { Traits } from './wires.ts'

/** Whom the prompt is for. */
export interface Reader {
  readonly model: string
  readonly traits: Traits
  readonly names: ToolNames
}

/** The conversation as the AI SDK's providers take it. */
export function toPrompt(
  { systemPrompt, messages }: { readonly systemPrompt?: string; readonly messages: readonly Message[] },
  reader: Reader,
): PromptMessage[] {
  const called = new Map(
    messages.flatMap(({ content }) => content.filter(isToolUse).map((use) => [use.id, use.name] as const)),
  )
  const nameOf = (toolUseId: string) => reader.names.toProvider(called.get(toolUseId) ?? 'unknown')
  const system: PromptMessage[] = systemPrompt ? [{ role: 'system', content: systemPrompt }] : []
  return [
    ...system,
    ...messages.flatMap((message) =>
      message.role === 'assistant' ? assistantMessage(message, reader) : userMessages(message, reader, nameOf),
    ),
  ]
}

function assistantMessage({ content }: Message, { model, names }: Reader): PromptMessage[] {
  const parts = content.flatMap((block): AssistantPart[] => {
    const { before = [], metadata } = readProviderMeta(model, block)
    const reasoning = before.map((thought) => ({
      type: 'reasoning' as const,
      text: thought.text,
      ...(thought.metadata && { providerOptions: thought.metadata }),
    }))
    const options = metadata && { providerOptions: metadata }
    if (block.type === 'tool_result') return []
    if (!isToolUse(block)) {
      const text = contentText(block)
      return text === '' ? reasoning : [...reasoning, { type: 'text', text, ...options }]
    }
    // A model that is shown what it really wrote can see its mistake.
    const input = malformedInput(block)?.text ?? block.input
    const toolName = names.toProvider(block.name)
    return [...reasoning, { type: 'tool-call', toolCallId: block.id, toolName, input, ...options }]
  })
  return parts.length > 0 ? [{ role: 'assistant', content: parts }] : []
}

/** Tool results go first and by themselves: every provider wants them right after the calls. */
function userMessages({ content }: Message, { traits }: Reader, nameOf: (id: string) => string): PromptMessage[] {
  const results: ToolPart[] = []
  const displaced: UserPart[] = []
  const parts: UserPart[] = []
  const result = (block: ToolResultBlock) => {
    const { output, displaced: files } = toToolOutput(block, traits)
    results.push({ type: 'tool-result', toolCallId: block.toolUseId, toolName: nameOf(block.toolUseId), output })
    displaced.push(...files)
  }
  for (const block of content) {
    if (block.type === 'tool_result') result(block)
    // Anthropic refuses a text without characters.
    else if (!isToolUse(block) && block.text !== '') parts.push(toPart(block, traits))
  }
  const user = [...displaced, ...parts]
  return [
    ...(results.length > 0 ? [{ role: 'tool' as const, content: results }] : []),
    ...(user.length > 0 ? [{ role: 'user' as const, content: user }] : []),
  ]
}
