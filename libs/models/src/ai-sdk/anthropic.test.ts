import type { Message } from '@longhaul/task'
import {
  anthropicAnswer,
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
  description: 'The weather of a place.',
  inputSchema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: { place: { type: 'string', pattern: '^(?!x)', description: 'City' }, days: { $ref: '#/$defs/days' } },
    required: ['place'],
    additionalProperties: false,
    $defs: { days: { type: 'integer', exclusiveMinimum: 0 } },
  },
}

let server: ProviderServer
let model: Model
beforeEach(async () => {
  server = await startProviderServer()
  model = resolveModel('anthropic/claude-test', { ANTHROPIC_API_KEY: 'sk-ant-1', ANTHROPIC_BASE_URL: server.url })
})
afterEach(() => server[Symbol.asyncDispose]())

describe.each(WAYS)('$way', ({ onDelta }) => {
  test('sends what sampling/createMessage asks for and answers with text', async () => {
    server.reply(turn(anthropicAnswer([{ type: 'text', text: 'Sunny.' }], 'end_turn')))
    const answer = await model.generate(
      {
        systemPrompt: 'Be brief.',
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Look:' },
              { type: 'image', data: PIXEL, mimeType: 'image/png' },
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
      model: 'anthropic/claude-test',
      role: 'assistant',
      content: [{ type: 'text', text: 'Sunny.' }],
      stopReason: 'endTurn',
      usage: { inputTokens: 12, outputTokens: 7 },
    })
    const [request] = server.requests
    expect(request).toMatchObject({
      path: '/v1/messages',
      headers: { 'x-api-key': 'sk-ant-1' },
      body: {
        model: 'claude-test',
        max_tokens: 300,
        system: [{ type: 'text', text: 'Be brief.' }],
        stop_sequences: ['END'],
        messages: [
          {
            role: 'user',
            content: [
              { type: 'text', text: 'Look:' },
              { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } },
            ],
          },
        ],
      },
    })
    expect(server.sent(0, 'tools')).toBeUndefined()
  })

  test('sends the schema of a tool verbatim and reads parallel calls', async () => {
    server.reply(
      turn(
        anthropicAnswer(
          [
            { type: 'text', text: 'Let me look.' },
            { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { place: 'Oslo' } },
            { type: 'tool_use', id: 'toolu_2', name: 'weather', input: { place: 'Rome', days: 2 } },
          ],
          'tool_use',
        ),
      ),
    )
    const answer = await model.generate(
      { messages: [ask], maxTokens: 300, tools: [weather], toolChoice: { mode: 'auto' } },
      { signal, onDelta },
    )
    expect(answer.stopReason).toBe('toolUse')
    expect(answer.content).toEqual([
      { type: 'text', text: 'Let me look.' },
      { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { place: 'Oslo' } },
      { type: 'tool_use', id: 'toolu_2', name: 'weather', input: { place: 'Rome', days: 2 } },
    ])
    expect(JSON.stringify(server.sent(0, 'tools'))).toBe(
      JSON.stringify([{ name: 'weather', description: 'The weather of a place.', input_schema: weather.inputSchema }]),
    )
    expect(server.sent(0, 'tool_choice')).toEqual({ type: 'auto' })
    expect(server.sent(0, 'cache_control')).toEqual({ type: 'ephemeral' })
  })

  test('sends tool results back: text, errors, images, structured content and resources', async () => {
    server.reply(turn(anthropicAnswer([{ type: 'text', text: 'Done.' }], 'end_turn')))
    const ids = ['a', 'b', 'c', 'd', 'e']
    await model.generate(
      {
        messages: [
          ask,
          { role: 'assistant', content: ids.map((id) => ({ type: 'tool_use', id, name: 'weather', input: { id } })) },
          {
            role: 'user',
            content: [
              {
                type: 'tool_result',
                toolUseId: 'a',
                content: [
                  { type: 'text', text: 'one' },
                  { type: 'text', text: 'two' },
                ],
              },
              {
                type: 'tool_result',
                toolUseId: 'b',
                content: [{ type: 'text', text: 'No such place' }],
                isError: true,
              },
              {
                type: 'tool_result',
                toolUseId: 'c',
                content: [
                  { type: 'text', text: 'A map:' },
                  { type: 'image', data: PIXEL, mimeType: 'image/png' },
                ],
              },
              {
                type: 'tool_result',
                toolUseId: 'd',
                content: [{ type: 'text', text: '12 degrees' }],
                structuredContent: { celsius: 12 },
              },
              {
                type: 'tool_result',
                toolUseId: 'e',
                content: [
                  { type: 'resource', resource: { uri: 'file:///log.txt', mimeType: 'text/plain', text: 'rain' } },
                  { type: 'resource_link', uri: 'file:///map.pdf', name: 'map' },
                  { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' },
                ],
              },
              { type: 'text', text: 'Go on.' },
            ],
          },
        ],
        maxTokens: 300,
        tools: [weather],
      },
      { signal, onDelta },
    )
    expect(server.sent(0, 'messages')).toHaveLength(3)
    expect(server.sent(0, 'messages', 1, 'content', 4)).toEqual({
      type: 'tool_use',
      id: 'e',
      name: 'weather',
      input: { id: 'e' },
    })
    expect(server.sent(0, 'messages', 2)).toEqual({
      role: 'user',
      content: [
        { type: 'tool_result', tool_use_id: 'a', content: 'one\ntwo' },
        { type: 'tool_result', tool_use_id: 'b', content: 'No such place', is_error: true },
        {
          type: 'tool_result',
          tool_use_id: 'c',
          content: [
            { type: 'text', text: 'A map:' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } },
          ],
        },
        { type: 'tool_result', tool_use_id: 'd', content: '12 degrees\n{"celsius":12}' },
        {
          type: 'tool_result',
          tool_use_id: 'e',
          content: [
            '[resource file:///log.txt]',
            'rain',
            '[link to the resource file:///map.pdf: map]',
            '[audio audio/wav, 3 bytes: left out, it cannot be shown here]',
          ].join('\n'),
        },
        { type: 'text', text: 'Go on.' },
      ],
    })
  })

  test('sends signed thinking back in its place, on a later turn of the same model only', async () => {
    const thinking = { type: 'thinking', thinking: 'Oslo is in Norway.', signature: 'sig-1' }
    const hidden = { type: 'redacted_thinking', data: 'sealed' }
    const call = { type: 'tool_use', id: 'toolu_1', name: 'weather', input: { place: 'Oslo' } }
    const done = turn(anthropicAnswer([{ type: 'text', text: 'Cold.' }], 'end_turn'))
    server.reply(turn(anthropicAnswer([thinking, hidden, call], 'tool_use')), done, done)

    const { content } = await model.generate({ messages: [ask], maxTokens: 300, tools: [weather] }, { signal, onDelta })
    expect(content).toHaveLength(1)
    expect(content[0]).toMatchObject(call)

    const messages: Message[] = [
      ask,
      // Through the journal and back.
      JSON.parse(JSON.stringify({ role: 'assistant', content })),
      {
        role: 'user',
        content: [{ type: 'tool_result', toolUseId: 'toolu_1', content: [{ type: 'text', text: '-3' }] }],
      },
    ]
    await model.generate({ messages, maxTokens: 300, tools: [weather] }, { signal, onDelta })
    expect(server.sent(1, 'messages', 1)).toEqual({ role: 'assistant', content: [thinking, hidden, call] })

    const other = resolveModel('anthropic/other', { ANTHROPIC_API_KEY: 'sk-ant-1', ANTHROPIC_BASE_URL: server.url })
    await other.generate({ messages, maxTokens: 300, tools: [weather] }, { signal, onDelta })
    expect(server.sent(2, 'messages', 1)).toEqual({ role: 'assistant', content: [call] })
  })

  test.each([
    ['end_turn', 'endTurn'],
    ['stop_sequence', 'stopSequence'],
    ['max_tokens', 'maxTokens'],
    ['refusal', 'refusal'],
  ])('calls the stop reason %s %s', async (theirs, ours) => {
    server.reply(turn(anthropicAnswer([{ type: 'text', text: 'So' }], theirs)))
    const answer = await model.generate({ messages: [ask], maxTokens: 300 }, { signal, onDelta })
    expect(answer.stopReason).toBe(ours)
  })

  test('gives tools names that the provider takes, and their own names back', async () => {
    const names = ['weather.now', 'weather/now', 'x'.repeat(100)]
    server.reply(turn(anthropicAnswer([{ type: 'tool_use', id: '1', name: 'weather_now_2', input: {} }], 'tool_use')))
    const answer = await model.generate(
      {
        messages: [
          ask,
          { role: 'assistant', content: [{ type: 'tool_use', id: '0', name: 'weather.now', input: {} }] },
          { role: 'user', content: [{ type: 'tool_result', toolUseId: '0', content: [] }] },
        ],
        maxTokens: 300,
        tools: names.map((name) => ({ name, inputSchema: { type: 'object' } })),
      },
      { signal, onDelta },
    )
    expect(server.sent(0, 'tools')).toMatchObject([
      { name: 'weather_now' },
      { name: 'weather_now_2' },
      { name: 'x'.repeat(64) },
    ])
    expect(server.sent(0, 'messages', 1, 'content', 0, 'name')).toBe('weather_now')
    expect(server.sent(0, 'messages', 2, 'content', 0, 'content')).toBe('The tool returned nothing.')
    expect(answer.content).toEqual([{ type: 'tool_use', id: '1', name: 'weather/now', input: {} }])
  })

  test('surfaces arguments that are no object', async () => {
    server.reply(turn(anthropicAnswer([{ type: 'tool_use', id: '1', name: 'weather', input: ['Oslo'] }], 'tool_use')))
    const { content } = await model.generate({ messages: [ask], maxTokens: 300, tools: [weather] }, { signal, onDelta })
    const [use] = content
    if (use?.type !== 'tool_use') throw new Error('no tool use')
    expect(use.input).toEqual({})
    expect(malformedInput(use)).toEqual({
      text: '["Oslo"]',
      reason: 'The arguments of a tool call must be a JSON object.',
    })
  })

  test("passes the request's metadata for the provider on in its own words", async () => {
    server.reply(turn(anthropicAnswer([{ type: 'text', text: 'Hm.' }], 'end_turn')))
    const metadata = { anthropic: { effort: 'low' }, openai: { user: 'nobody' }, note: 'for nobody' }
    await model.generate({ messages: [ask], maxTokens: 300, metadata }, { signal, onDelta })
    expect(server.sent(0, 'output_config')).toEqual({ effort: 'low' })
    expect(JSON.stringify(server.requests)).not.toContain('nobody')
  })

  test.each(['', '/', '/v1', '/v1/'])('takes ANTHROPIC_BASE_URL ending in "%s"', async (end) => {
    server.reply(turn(anthropicAnswer([{ type: 'text', text: 'Here.' }], 'end_turn')))
    const env = { ANTHROPIC_API_KEY: 'sk-ant-1', ANTHROPIC_BASE_URL: `${server.url}/proxy${end}` }
    await resolveModel('anthropic/claude-test', env).generate({ messages: [ask], maxTokens: 300 }, { signal, onDelta })
    expect(server.requests[0]?.path).toBe('/proxy/v1/messages')
  })
})
