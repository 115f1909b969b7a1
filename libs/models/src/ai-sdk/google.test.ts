import type { Message } from '@longhaul/task'
import { googleAnswer, PIXEL, type ProviderServer, startProviderServer, turn, WAYS } from '@longhaul/testbed/providers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Model, malformedInput, resolveModel, withoutModelMeta } from '../index.ts'

const signal = new AbortController().signal
const ask: Message = { role: 'user', content: [{ type: 'text', text: 'What is the weather?' }] }
const weather = {
  name: 'weather',
  description: 'The weather of a place.',
  inputSchema: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] },
}
const call = (id: string, args: object) => ({ functionCall: { id, name: 'weather', args } })

let server: ProviderServer
let model: Model
const connect = (name: string) =>
  resolveModel(name, {
    GOOGLE_GENERATIVE_AI_API_KEY: 'key-google-1',
    GOOGLE_GENERATIVE_AI_BASE_URL: `${server.url}/v1beta`,
  })
beforeEach(async () => {
  server = await startProviderServer()
  model = connect('google/gemini-3.5-flash')
})
afterEach(() => server[Symbol.asyncDispose]())

describe.each(WAYS)('$way', ({ onDelta }) => {
  test('sends what sampling/createMessage asks for and answers with text', async () => {
    server.reply(turn(googleAnswer([{ text: 'Sunny and warm.' }])))
    const answer = await model.generate(
      {
        systemPrompt: 'Be brief.',
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image', data: PIXEL, mimeType: 'image/png' },
              { type: 'audio', data: 'AAAA', mimeType: 'audio/ogg' },
            ],
          },
        ],
        maxTokens: 300,
        temperature: 0.2,
        stopSequences: ['END'],
      },
      { signal, onDelta },
    )
    expect(answer).toEqual({
      model: 'google/gemini-3.5-flash',
      role: 'assistant',
      content: [{ type: 'text', text: 'Sunny and warm.' }],
      stopReason: 'endTurn',
      usage: { inputTokens: 12, outputTokens: 7 },
    })
    const method = onDelta ? 'streamGenerateContent?alt=sse' : 'generateContent'
    expect(server.requests[0]).toMatchObject({
      path: `/v1beta/models/gemini-3.5-flash:${method}`,
      headers: { 'x-goog-api-key': 'key-google-1' },
      body: {
        systemInstruction: { parts: [{ text: 'Be brief.' }] },
        generationConfig: { maxOutputTokens: 300, temperature: 0.2, stopSequences: ['END'] },
        contents: [
          {
            role: 'user',
            parts: [
              { inlineData: { mimeType: 'image/png', data: PIXEL } },
              { inlineData: { mimeType: 'audio/ogg', data: 'AAAA' } },
            ],
          },
        ],
      },
    })
  })

  test('reads parallel calls, and sends their signatures and results back', async () => {
    const signed = { ...call('1', { place: 'Oslo' }), thoughtSignature: 'sig-1' }
    server.reply(
      turn(googleAnswer([{ text: 'Oslo first.', thought: true }, signed, call('2', { place: 'Rome' })])),
      turn(googleAnswer([{ text: 'Cold.' }])),
    )
    const request = { messages: [ask], maxTokens: 300, tools: [weather], toolChoice: { mode: 'required' } } as const
    const { content, stopReason } = await model.generate(request, { signal, onDelta })
    expect(stopReason).toBe('toolUse')
    expect(withoutModelMeta(content)).toEqual([
      { type: 'tool_use', id: '1', name: 'weather', input: { place: 'Oslo' } },
      { type: 'tool_use', id: '2', name: 'weather', input: { place: 'Rome' } },
    ])
    expect(server.sent(0, 'tools')).toMatchObject([
      { functionDeclarations: [{ name: 'weather', description: 'The weather of a place.' }] },
    ])
    expect(server.sent(0, 'toolConfig', 'functionCallingConfig', 'mode')).toBe('ANY')

    const messages: Message[] = [
      ask,
      JSON.parse(JSON.stringify({ role: 'assistant', content })),
      {
        role: 'user',
        content: [
          { type: 'tool_result', toolUseId: '1', content: [{ type: 'text', text: '-3' }] },
          { type: 'tool_result', toolUseId: '2', content: [{ type: 'text', text: 'No such place' }], isError: true },
        ],
      },
    ]
    await model.generate({ messages, maxTokens: 300, tools: [weather] }, { signal, onDelta })
    expect(server.sent(1, 'contents', 1, 'parts')).toMatchObject([
      { text: 'Oslo first.', thought: true },
      signed,
      call('2', { place: 'Rome' }),
    ])
    expect(server.sent(1, 'contents', 2)).toMatchObject({
      role: 'user',
      parts: [
        { functionResponse: { id: '1', name: 'weather', response: { content: '-3' } } },
        { functionResponse: { id: '2', name: 'weather', response: { error: 'No such place' } } },
      ],
    })
  })

  test('sends images in tool results, and sounds after them', async () => {
    server.reply(turn(googleAnswer([{ text: 'A pixel.' }])))
    const content = [
      { type: 'text' as const, text: 'A map:' },
      { type: 'image' as const, data: PIXEL, mimeType: 'image/png' },
      { type: 'audio' as const, data: 'AAAA', mimeType: 'audio/wav' },
    ]
    await model.generate(
      {
        messages: [
          ask,
          { role: 'assistant', content: [{ type: 'tool_use', id: '1', name: 'weather', input: {} }] },
          { role: 'user', content: [{ type: 'tool_result', toolUseId: '1', content }] },
        ],
        maxTokens: 300,
        tools: [weather],
      },
      { signal, onDelta },
    )
    expect(server.sent(0, 'contents', 2, 'parts', 0, 'functionResponse')).toMatchObject({
      response: { content: 'A map:\n[audio/wav: it follows in the next message]' },
      parts: [{ inlineData: { mimeType: 'image/png', data: PIXEL } }],
    })
    expect(JSON.stringify(server.sent(0, 'contents', 3))).toContain('{"mimeType":"audio/wav","data":"AAAA"}')
  })

  test.each([
    ['MAX_TOKENS', 'maxTokens'],
    ['SAFETY', 'refusal'],
    ['MALFORMED_FUNCTION_CALL', 'MALFORMED_FUNCTION_CALL'],
  ])('calls the finish reason %s %s', async (theirs, ours) => {
    server.reply(turn(googleAnswer([{ text: 'So' }], theirs)))
    const answer = await model.generate({ messages: [ask], maxTokens: 300 }, { signal, onDelta })
    expect(answer.stopReason).toBe(ours)
  })

  test('says of a question that a filter held back that it was refused, and why', async () => {
    const { candidates: _none, ...rest } = googleAnswer([])
    server.reply(turn({ ...rest, candidates: [], promptFeedback: { blockReason: 'PROHIBITED_CONTENT' } }))
    const answer = await model.generate({ messages: [ask], maxTokens: 300 }, { signal, onDelta })
    expect(answer).toMatchObject({ content: [], stopReason: 'refusal', refusal: 'PROHIBITED_CONTENT' })
  })

  test('surfaces arguments that are no object', async () => {
    server.reply(turn(googleAnswer([{ functionCall: { id: '1', name: 'weather', args: ['Oslo'] } }])))
    const { content } = await model.generate({ messages: [ask], maxTokens: 9, tools: [weather] }, { signal, onDelta })
    const [use] = content
    expect(use?.type === 'tool_use' && malformedInput(use)?.text).toBe('["Oslo"]')
  })
})
