import type { Message } from '@longhaul/task'
import {
  chatAnswer,
  chatCall,
  PIXEL,
  type ProviderServer,
  startProviderServer,
  turn,
  WAYS,
} from '@longhaul/testbed/providers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Model, malformedInput, resolveModel } from '../index.ts'

const signal = new AbortController().signal
const ask: Message = { role: 'user', content: [{ type: 'text', text: 'What is the weather?' }] }
const weather = {
  name: 'weather',
  title: 'Weather',
  inputSchema: { type: 'object', properties: { place: { type: 'string' } }, propertyNames: { pattern: '^[a-z]+$' } },
}

let server: ProviderServer
let model: Model
beforeEach(async () => {
  server = await startProviderServer()
  model = resolveModel('compatible/family/model-7b', { OPENAI_COMPATIBLE_BASE_URL: `${server.url}/v1` })
})
afterEach(() => server[Symbol.asyncDispose]())

describe.each(WAYS)('$way', ({ onDelta }) => {
  test('needs no key, keeps slashes in the name of the model, and answers with text', async () => {
    server.reply(turn(chatAnswer({ content: 'Sunny.' }, 'stop')))
    const answer = await model.generate(
      {
        systemPrompt: 'Be brief.',
        messages: [
          {
            role: 'user',
            content: [
              { type: 'image', data: PIXEL, mimeType: 'image/png' },
              { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' },
              { type: 'audio', data: 'AAAA', mimeType: 'audio/ogg' },
            ],
          },
        ],
        maxTokens: 300,
        stopSequences: ['END'],
      },
      { signal, onDelta },
    )
    expect(answer).toEqual({
      model: 'compatible/family/model-7b',
      role: 'assistant',
      content: [{ type: 'text', text: 'Sunny.' }],
      stopReason: 'endTurn',
      usage: { inputTokens: 12, outputTokens: 7 },
    })
    const [request] = server.requests
    expect(request?.path).toBe('/v1/chat/completions')
    expect(request?.headers.authorization).toBeUndefined()
    expect(request?.body).toEqual({
      model: 'family/model-7b',
      max_tokens: 300,
      stop: ['END'],
      ...(onDelta && { stream: true, stream_options: { include_usage: true } }),
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } },
            { type: 'input_audio', input_audio: { data: 'AAAA', format: 'wav' } },
            { type: 'text', text: '[audio audio/ogg, 3 bytes: left out, it cannot be shown here]' },
          ],
        },
      ],
    })
  })

  test('sends the key where there is one', async () => {
    server.reply(turn(chatAnswer({ content: 'Hi.' }, 'stop')))
    const env = { OPENAI_COMPATIBLE_BASE_URL: server.url, OPENAI_COMPATIBLE_API_KEY: 'key-1' }
    await resolveModel('compatible/m', env).generate({ messages: [ask], maxTokens: 9 }, { signal, onDelta })
    expect(server.requests[0]?.headers.authorization).toBe('Bearer key-1')
  })

  test('reads parallel calls from servers that send empty or broken arguments, and say stop', async () => {
    const calls = [
      chatCall('1', 'weather', '{"place":"Oslo"}'),
      chatCall('2', 'weather', '{place: Rome}'),
      chatCall('3', 'weather', ''),
    ]
    server.reply(turn(chatAnswer({ tool_calls: calls }, 'stop')))
    const answer = await model.generate({ messages: [ask], maxTokens: 300, tools: [weather] }, { signal, onDelta })
    expect(server.sent(0, 'tools')).toEqual([
      { type: 'function', function: { name: 'weather', description: 'Weather', parameters: weather.inputSchema } },
    ])
    expect(answer.stopReason).toBe('toolUse')
    expect(answer.content).toMatchObject([
      { type: 'tool_use', id: '1', input: { place: 'Oslo' } },
      { type: 'tool_use', id: '2', input: {} },
      { type: 'tool_use', id: '3', input: {} },
    ])
    expect(answer.content.map((block) => block.type === 'tool_use' && malformedInput(block)?.text)).toEqual([
      undefined,
      '{place: Rome}',
      undefined,
    ])
  })

  test('shows images of tool results in the message after them', async () => {
    server.reply(turn(chatAnswer({ content: 'A pixel.' }, 'stop')))
    await model.generate(
      {
        messages: [
          ask,
          {
            role: 'assistant',
            content: [
              { type: 'text', text: 'Looking.' },
              { type: 'tool_use', id: '1', name: 'weather', input: { place: 'Oslo' } },
              { type: 'tool_use', id: '2', name: 'weather', input: {} },
            ],
          },
          {
            role: 'user',
            content: [
              {
                type: 'tool_result',
                toolUseId: '1',
                content: [
                  { type: 'text', text: 'A map:' },
                  { type: 'image', data: PIXEL, mimeType: 'image/png' },
                ],
              },
              {
                type: 'tool_result',
                toolUseId: '2',
                content: [{ type: 'text', text: 'No place given' }],
                isError: true,
              },
            ],
          },
        ],
        maxTokens: 300,
        tools: [weather],
      },
      { signal, onDelta },
    )
    expect(server.sent(0, 'messages')).toEqual([
      { role: 'user', content: 'What is the weather?' },
      {
        role: 'assistant',
        content: 'Looking.',
        tool_calls: [chatCall('1', 'weather', '{"place":"Oslo"}'), chatCall('2', 'weather', '{}')],
      },
      { role: 'tool', tool_call_id: '1', content: 'A map:\n[image/png: it follows in the next message]' },
      { role: 'tool', tool_call_id: '2', content: 'The tool call failed.\nNo place given' },
      { role: 'user', content: [{ type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } }] },
    ])
  })

  test('sends reasoning back to a server that shows it', async () => {
    const call = chatCall('1', 'weather', '{}')
    server.reply(
      turn(chatAnswer({ reasoning_content: 'Hm, weather.', tool_calls: [call] }, 'tool_calls')),
      turn(chatAnswer({ content: 'Cold.' }, 'stop')),
    )
    const { content } = await model.generate({ messages: [ask], maxTokens: 300, tools: [weather] }, { signal, onDelta })
    const result = { type: 'tool_result' as const, toolUseId: '1', content: [{ type: 'text' as const, text: '-3' }] }
    const messages: Message[] = [ask, { role: 'assistant', content }, { role: 'user', content: [result] }]
    await model.generate({ messages, maxTokens: 300, tools: [weather] }, { signal, onDelta })
    expect(server.sent(1, 'messages', 1)).toEqual({
      role: 'assistant',
      content: null,
      reasoning_content: 'Hm, weather.',
      tool_calls: [call],
    })
  })

  test.each([
    ['length', 'maxTokens'],
    ['content_filter', 'refusal'],
    ['eos', 'eos'],
  ])('calls the stop reason %s %s', async (theirs, ours) => {
    server.reply(turn(chatAnswer({ content: 'So' }, theirs)))
    const answer = await model.generate({ messages: [ask], maxTokens: 300 }, { signal, onDelta })
    expect(answer.stopReason).toBe(ours)
  })
})
