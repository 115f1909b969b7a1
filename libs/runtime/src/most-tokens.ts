import type { Conversation, Message, MessageBlock, ModelAnswer, SamplingOptions } from '@longhaul/task'

/** What providers add to a request themselves, tools above all. */
const ADDED_TOKENS = 1000
/** Beyond what any of the providers makes of one image. */
const TOKENS_OF_IMAGE = 10_000

/**
 * The most input tokens that a request can be. No tokenizer makes more tokens of a text than it has bytes, which is four
 * times too much as a rule: what the provider has counted with the turn before is taken as that, and only what has come since
 * then is estimated.
 */
export function mostInputTokens(
  { messages, options }: Conversation,
  { last, areOptionsNew }: { readonly last: ModelAnswer | undefined; readonly areOptionsNew: boolean },
): number {
  const ofOptions = countOnce(options, tokensOfOptions)
  const all = ofOptions + tokensOf(messages) + ADDED_TOKENS
  const { inputTokens, outputTokens } = last?.usage ?? {}
  if (inputTokens === undefined || outputTokens === undefined) return all
  const place = messages.findLastIndex(({ role }) => role === 'assistant')
  const since = (areOptionsNew ? ofOptions : 0) + tokensOf(messages.slice(place + 1)) + ADDED_TOKENS
  return Math.min(all, inputTokens + outputTokens + since)
}

const counts = new WeakMap<object, number>()

/** From turn to turn a conversation has the same messages and options, and only what is new is counted. */
function countOnce<T extends object>(part: T, count: (part: T) => number): number {
  const known = counts.get(part) ?? count(part)
  counts.set(part, known)
  return known
}

const tokensOfOptions = ({ systemPrompt = '', tools = [] }: SamplingOptions): number =>
  Buffer.byteLength(JSON.stringify({ systemPrompt, tools }))

/** As a list of JSON, with its brackets and commas. */
const tokensOf = (messages: readonly Message[]): number =>
  messages.reduce((sum, message) => sum + countOnce(message, tokensOfMessage) + 1, 1)

function tokensOfMessage(message: Message): number {
  let images = 0
  const withoutImages = JSON.stringify(message, (_key, value: unknown) => {
    if (!isImage(value)) return value
    images++
    return { type: 'image' }
  })
  return Buffer.byteLength(withoutImages) + images * TOKENS_OF_IMAGE
}

const isImage = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && (value as Partial<MessageBlock>).type === 'image'
