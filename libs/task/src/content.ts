import type { Json, JsonObject, JsonSchema } from './json.ts'

/** MCP content, in the shapes that both eras share. Unknown members are kept. */
export interface TextContent {
  readonly type: 'text'
  readonly text: string
  readonly [key: string]: unknown
}
export interface ImageContent {
  readonly type: 'image' | 'audio'
  /** Base64. */
  readonly data: string
  readonly mimeType: string
  readonly [key: string]: unknown
}
export interface ResourceContent {
  readonly type: 'resource' | 'resource_link'
  readonly [key: string]: unknown
}
export type ContentBlock = TextContent | ImageContent | ResourceContent

/** What a tool call gives. `isError` is a failure that the model should see. */
export interface ToolResult {
  readonly content: readonly ContentBlock[]
  /** Any JSON; revisions before 2026 know objects only. */
  readonly structuredContent?: Json
  readonly isError?: boolean
  readonly _meta?: JsonObject
}

export interface ToolUse {
  readonly type: 'tool_use'
  readonly id: string
  readonly name: string
  readonly input: JsonObject
  readonly _meta?: JsonObject
}
export interface ToolResultBlock {
  readonly type: 'tool_result'
  readonly toolUseId: string
  readonly content: readonly ContentBlock[]
  readonly structuredContent?: Json
  readonly isError?: boolean
  readonly _meta?: JsonObject
}
export type MessageBlock = ContentBlock | ToolUse | ToolResultBlock

/** A message of a conversation with a model; `content` is always an array here, one block or many on the wire. */
export interface Message {
  readonly role: 'user' | 'assistant'
  readonly content: readonly MessageBlock[]
}

/** A tool as a model sees it. */
export interface ModelTool {
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly inputSchema: JsonSchema
}

/** What a model is asked, apart from the messages. The names are those of sampling/createMessage. */
export interface SamplingOptions {
  readonly systemPrompt?: string
  /** Most tokens that the answer may have. */
  readonly maxTokens: number
  readonly temperature?: number
  readonly stopSequences?: readonly string[]
  readonly tools?: readonly ModelTool[]
  readonly toolChoice?: { readonly mode: 'auto' | 'required' | 'none' }
  readonly metadata?: JsonObject
}

/** Tokens, as the provider counts them; what it does not count is absent. */
export type Usage = {
  /** All of the request, those from and for the provider's cache included. */
  readonly inputTokens?: number
  /** All of the answer, thinking included. */
  readonly outputTokens?: number
  /** Of the input: read from the cache. */
  readonly cacheReadTokens?: number
  /** Of the input: written to the cache. */
  readonly cacheWriteTokens?: number
  /** Of the output: thinking. */
  readonly thinkingTokens?: number
}

/** A model that was asked for a turn and did not take it, and what it cost to ask. */
export interface PassedOver {
  readonly model: string
  readonly why: string
  readonly usage?: Usage
  readonly costUsd?: number
}

/**
 * A model's turn. `stopReason` is `endTurn`, `toolUse`, `maxTokens`, `stopSequence`, `refusal` or a provider's own word.
 */
export interface ModelAnswer {
  readonly model: string
  readonly role: 'assistant'
  readonly content: readonly MessageBlock[]
  readonly stopReason?: string
  /** What the provider calls it that the model, or a filter, would not answer; then `stopReason` is `refusal`. */
  readonly refusal?: string
  readonly usage?: Usage
  /** What it cost, in US dollars; absent where the price is not known. */
  readonly costUsd?: number
  /** Models that were asked first, in this order. */
  readonly passedOver?: readonly PassedOver[]
}

export const text = (value: string): TextContent => ({ type: 'text', text: value })

/** A failure as a tool result: the model sees it and can react. */
export const toolError = (message: string): ToolResult => ({ content: [text(message)], isError: true })

/** A text without words. */
export const isBlank = (block: MessageBlock): boolean => block.type === 'text' && `${block.text}`.trim() === ''

export const isToolUse = (block: MessageBlock): block is ToolUse => block.type === 'tool_use'
