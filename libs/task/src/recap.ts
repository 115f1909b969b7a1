import { isToolUse, type Message, type MessageBlock, type ToolResultBlock, type ToolUse } from './content.ts'
import { contentText } from './content-text.ts'
import { shortenMiddle } from './shorten-middle.ts'

/** Characters of a call's arguments, and of its result, that whoever sums up a conversation is shown. */
const CALL_CHARACTERS = 4000

/** Messages in words, for a model that is to sum them up: whatever it is, it takes them, and it calls no tool. */
export function recapText(messages: readonly Message[]): string {
  const names = new Map(messages.flatMap(({ content }) => content.filter(isToolUse).map(({ id, name }) => [id, name])))
  const line = (block: MessageBlock, speaker: string): string => {
    if (isToolUse(block)) return describeCall(block)
    if (block.type === 'tool_result') return describeResult(block as ToolResultBlock, names)
    return `${speaker}: ${contentText(block as Parameters<typeof contentText>[0])}`
  }
  const speakers = { user: 'User', assistant: 'Assistant' } as const
  return messages.flatMap(({ role, content }) => content.map((block) => line(block, speakers[role]))).join('\n\n')
}

const describeCall = ({ name, input }: ToolUse): string =>
  `Assistant calls ${name}: ${shortenMiddle(JSON.stringify(input), CALL_CHARACTERS)}`

function describeResult(
  { toolUseId, content, structuredContent, isError }: ToolResultBlock,
  names: ReadonlyMap<string, string>,
): string {
  const structured = content.length === 0 && structuredContent !== undefined ? [JSON.stringify(structuredContent)] : []
  const words = [...content.map(contentText), ...structured].join('\n')
  return `${isError ? 'Error' : 'Result'} of ${names.get(toolUseId) ?? 'a tool'}: ${shortenMiddle(words, CALL_CHARACTERS)}`
}
