import { type Message, type ModelAnswer, text } from '@longhaul/task'
import { expect, test } from 'vitest'
import { mostInputTokens } from './most-tokens.ts'

const OPTIONS = { systemPrompt: 'Read.', maxTokens: 9, tools: [{ name: 'look', inputSchema: { type: 'object' } }] }
const user = (words: string): Message => ({ role: 'user', content: [text(words)] })
const answered = (usage: ModelAnswer['usage']): ModelAnswer => ({
  ...{ model: 'm', role: 'assistant', content: [text('Yes.')] },
  ...(usage && { usage }),
})
const bytes = (value: unknown) => Buffer.byteLength(JSON.stringify(value))
const OF_OPTIONS = bytes({ systemPrompt: OPTIONS.systemPrompt, tools: OPTIONS.tools })

test('a request has no more tokens than bytes, and those that a provider makes of images', () => {
  const image = { type: 'image', data: 'x'.repeat(50_000), mimeType: 'image/png' } as const
  const result = { type: 'tool_result', toolUseId: 'a', content: [image, text('é')] } as const
  const shown = { ...result, content: [{ type: 'image' }, text('é')] }
  const messages: Message[] = [user('Look.'), { role: 'user', content: [result] }]
  expect(mostInputTokens({ messages, options: OPTIONS }, { last: undefined, areOptionsNew: true })).toBe(
    OF_OPTIONS + bytes([user('Look.'), { role: 'user', content: [shown] }]) + 10_000 + 1000,
  )
})

test('what a provider has counted is taken as that, and what is new beside it', () => {
  const messages = [user('Look.'), answered(undefined), user('And?')]
  const last = answered({ inputTokens: 20, outputTokens: 5 })
  const ofNews = bytes([user('And?')]) + 1000
  const before = { last, areOptionsNew: false }
  expect(mostInputTokens({ messages, options: OPTIONS }, before)).toBe(25 + ofNews)
  expect(mostInputTokens({ messages, options: OPTIONS }, { last, areOptionsNew: true })).toBe(25 + OF_OPTIONS + ofNews)
  const all = OF_OPTIONS + bytes(messages) + 1000
  const much = { ...before, last: answered({ inputTokens: 100_000, outputTokens: 5 }) }
  expect(mostInputTokens({ messages, options: OPTIONS }, much)).toBe(all)
  expect(mostInputTokens({ messages, options: OPTIONS }, { ...before, last: answered(undefined) })).toBe(all)
})

test('a message is read once, however many turns come after it', () => {
  let reads = 0
  const first: Message = {
    role: 'user',
    get content() {
      reads++
      return [text('Look.')]
    },
  }
  const before = { last: undefined, areOptionsNew: false }
  const one = mostInputTokens({ messages: [first], options: OPTIONS }, before)
  const two = mostInputTokens({ messages: [first, user('And?')], options: OPTIONS }, before)
  expect([two - one, reads]).toEqual([bytes(user('And?')) + 1, 1])
})
