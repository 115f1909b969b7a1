import { setTimeout } from 'node:timers/promises'
import {
  contentText,
  type JsonObject,
  type Message,
  type MessageBlock,
  type ModelAnswer,
  type ToolUse,
  text,
} from '@longhaul/task'
import { type CallOptions, type Model, ModelError, type ModelRequest } from './model.ts'

export interface ScriptedTurn {
  readonly say?: string | undefined
  readonly call: readonly { readonly tool: string; readonly with: JsonObject }[]
  readonly delayMs: number
  /** Strings that must occur in the messages after the last assistant turn. */
  readonly expect: readonly string[]
  /** The call fails with this message, for good. */
  readonly fail?: string | undefined
  /** Line in the script, from 1. */
  readonly line: number
}

export interface ScriptedConversation {
  /** Strings that must occur in the system prompt or the first message. */
  readonly when: readonly string[]
  readonly turns: readonly ScriptedTurn[]
}

/** How much of the conversation a failed expectation quotes. */
const QUOTED_CHARACTERS = 400

/**
 * A model that answers with the turns of a script. Which turn it is is read off the conversation (one more than the
 * assistant messages in it), so that it needs no memory and any process can go on with it.
 */
export function createScriptedModel(conversations: readonly ScriptedConversation[], file: string): Model {
  const id = `scripted:${file}`
  const fail = (where: string, message: string) => new ModelError(`${where}: ${message}`, { retryable: false })

  return {
    id,
    async generate(request: ModelRequest, { signal }: CallOptions): Promise<ModelAnswer> {
      signal.throwIfAborted()
      const opening = openingOf(request)
      const conversation = conversations.find(({ when }) => when.every((part) => opening.includes(part)))
      if (!conversation) throw fail(file, `no conversation is for one that begins with ${quote(opening)}.`)
      const { turns } = conversation
      const number = request.messages.filter(({ role }) => role === 'assistant').length + 1
      const turn = turns[number - 1]
      if (!turn) throw fail(file, `the conversation needs turn ${number}, but the script ends after ${turns.length}.`)
      const where = `${file}:${turn.line}: turn ${number}`

      await pause(turn.delayMs, signal)
      const heard = newText(request.messages)
      const missing = turn.expect.filter((expected) => !heard.includes(expected))
      if (missing.length > 0)
        throw fail(where, `expected ${missing.map((part) => JSON.stringify(part)).join(', ')}, heard ${quote(heard)}`)
      if (turn.fail !== undefined) throw fail(where, turn.fail)

      const calls = turn.call.map(
        (call, index): ToolUse => ({
          type: 'tool_use',
          id: `call_${number}_${index + 1}`,
          name: call.tool,
          input: call.with,
        }),
      )
      return {
        model: id,
        role: 'assistant',
        content: [...(turn.say === undefined ? [] : [text(turn.say)]), ...calls],
        stopReason: calls.length > 0 ? 'toolUse' : 'endTurn',
      }
    },
  }
}

async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  if (delayMs === 0) return
  try {
    await setTimeout(delayMs, undefined, { signal })
  } catch {
    // Only an abort ends a timer early; the caller is owed its own reason.
    signal.throwIfAborted()
  }
}

const openingOf = ({ systemPrompt = '', messages: [first] }: ModelRequest): string =>
  [systemPrompt, ...(first?.content.map(blockText) ?? [])].join('\n')

function newText(messages: readonly Message[]): string {
  const last = messages.findLastIndex(({ role }) => role === 'assistant')
  return messages
    .slice(last + 1)
    .flatMap(({ content }) => content.map(blockText))
    .join('\n')
}

function blockText(block: MessageBlock): string {
  if (block.type === 'tool_use') return ''
  if (block.type !== 'tool_result') return contentText(block)
  const structured = block.structuredContent === undefined ? [] : [JSON.stringify(block.structuredContent)]
  return [...block.content.map(contentText), ...structured].join('\n')
}

const quote = (heard: string): string =>
  JSON.stringify(heard.length > QUOTED_CHARACTERS ? `${heard.slice(0, QUOTED_CHARACTERS)}…` : heard)
