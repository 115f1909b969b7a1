import type { Message } from '@longhaul/task'
import {
  PIXEL,
  type ProviderServer,
  responsesAnswer,
  responsesText,
  startProviderServer,
  turn,
  WAYS,
} from '@longhaul/testbed/providers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Model, malformedInput, resolveModel, withoutModelMeta } from '../index.ts'

const signal = new AbortController().signal
const ask: Message = { role: 'user', content: [{ type: 'text', text: 'What is the weather?' }] }
const weather = {
  name: 'weather',
  description: 'The weather of a place.',
  inputSchema: {
    type: 'object',
    properties: { place: { type: 'string' }, days: { type: 'integer', exclusiveMinimum: 0 } },
    required: ['place'],
  },
}
const functionCall = (callId: string, args: string) => ({
  type: 'function_call',
  id: `fc_${callId}`,
  call_id: callId,
  name: 'weather',
  arguments: args,
  status: 'completed',
})

let server: ProviderServer
let model: Model
const connect = (name: string) =>
  resolveModel(name, { OPENAI_API_KEY: 'sk-openai-1', OPENAI_BASE_URL: `${server.url}/v1` })
beforeEach(async () => {
  server = await startProviderServer()
  model = connect('openai/gpt-test')
})
afterEach(() => server[Symbol.asyncDispose]())

describe.each(WAYS)('$way', ({ onDelta }) => {
  test('sends what sampling/createMessage asks for, stores nothing, and answers with text', async () => {
    server.reply(turn(responsesAnswer([responsesText('Sunny.')])))
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
      },
      { signal, onDelta },
    )
    expect(answer).toMatchObject({
      model: 'openai/gpt-test',
      role: 'assistant',
      stopReason: 'endTurn',
      usage: { inputTokens: 12, outputTokens: 7 },
    })
    expect(withoutModelMeta(answer.content)).toEqual([{ type: 'text', text: 'Sunny.' }])
    expect(server.requests[0]).toMatchObject({
      path: '/v1/responses',
      headers: { authorization: 'Bearer sk-openai-1' },
      body: {
        model: 'gpt-test',
        max_output_tokens: 300,
        temperature: 0.2,
        store: false,
        input: [
          { role: 'system', content: 'Be brief.' },
          {
            role: 'user',
            content: [
              { type: 'input_text', text: 'Look:' },
              { type: 'input_image', image_url: `data:image/png;base64,${PIXEL}` },
            ],
          },
        ],
      },
    })
  })

  test('sends the schema of a tool verbatim and reads parallel calls, malformed ones included', async () => {
    server.reply(
      turn(
        responsesAnswer([
          functionCall('call_1', '{"place":"Oslo"}'),
          functionCall('call_2', '{"place":"Ro'),
          functionCall('call_3', ''),
        ]),
      ),
      turn(responsesAnswer([responsesText('Sorry.')])),
    )
    const request = { messages: [ask], maxTokens: 300, tools: [weather], toolChoice: { mode: 'required' } } as const
    const answer = await model.generate(request, { signal, onDelta })

    expect(JSON.stringify(server.sent(0, 'tools', 0, 'parameters'))).toBe(JSON.stringify(weather.inputSchema))
    expect(server.sent(0, 'tools', 0)).toMatchObject({ type: 'function', name: 'weather', strict: false })
    expect(server.sent(0, 'tool_choice')).toBe('required')

    expect(answer.stopReason).toBe('toolUse')
    expect(answer.content).toMatchObject([
      { type: 'tool_use', id: 'call_1', name: 'weather', input: { place: 'Oslo' } },
      { type: 'tool_use', id: 'call_2', name: 'weather', input: {} },
      { type: 'tool_use', id: 'call_3', name: 'weather', input: {} },
    ])
    const malformed = answer.content.map((block) => (block.type === 'tool_use' ? malformedInput(block) : undefined))
    expect(malformed).toEqual([
      undefined,
      { text: '{"place":"Ro', reason: expect.stringContaining('must be a JSON object: Unterminated string') },
      undefined,
    ])

    // The model sees what it wrote, and that it failed.
    const results = ['call_1', 'call_2', 'call_3'].map((toolUseId, index) => ({
      type: 'tool_result' as const,
      toolUseId,
      content: [{ type: 'text' as const, text: `result ${index + 1}` }],
      isError: index === 1,
    }))
    const messages: Message[] = [
      ask,
      { role: 'assistant', content: answer.content },
      { role: 'user', content: results },
    ]
    await model.generate({ messages, maxTokens: 300, tools: [weather] }, { signal, onDelta })
    expect(server.sent(1, 'input')).toEqual([
      { role: 'user', content: [{ type: 'input_text', text: 'What is the weather?' }] },
      { type: 'function_call', call_id: 'call_1', name: 'weather', arguments: '{"place":"Oslo"}' },
      { type: 'function_call', call_id: 'call_2', name: 'weather', arguments: JSON.stringify('{"place":"Ro') },
      { type: 'function_call', call_id: 'call_3', name: 'weather', arguments: '{}' },
      { type: 'function_call_output', call_id: 'call_1', output: 'result 1' },
      { type: 'function_call_output', call_id: 'call_2', output: '{"error":"result 2"}' },
      { type: 'function_call_output', call_id: 'call_3', output: 'result 3' },
    ])
  })

  test('sends images in tool results', async () => {
    server.reply(turn(responsesAnswer([responsesText('A pixel.')])))
    const image = { type: 'image' as const, data: PIXEL, mimeType: 'image/png' }
    await model.generate(
      {
        messages: [
          ask,
          { role: 'assistant', content: [{ type: 'tool_use', id: 'call_1', name: 'weather', input: {} }] },
          { role: 'user', content: [{ type: 'tool_result', toolUseId: 'call_1', content: [image], isError: true }] },
        ],
        maxTokens: 300,
        tools: [weather],
      },
      { signal, onDelta },
    )
    expect(server.sent(0, 'input', 2)).toEqual({
      type: 'function_call_output',
      call_id: 'call_1',
      output: [
        { type: 'input_text', text: 'The tool call failed.' },
        { type: 'input_image', image_url: `data:image/png;base64,${PIXEL}` },
      ],
    })
  })

  test('sends encrypted reasoning back before the call that it led to', async () => {
    model = connect('openai/gpt-6.1-sol')
    const reasoning = {
      type: 'reasoning',
      id: 'rs_1',
      encrypted_content: 'sealed',
      summary: [{ type: 'summary_text', text: 'Looking it up.' }],
    }
    server.reply(
      turn(responsesAnswer([reasoning, functionCall('call_1', '{"place":"Oslo"}')])),
      turn(responsesAnswer([responsesText('Cold.')])),
    )
    const { content } = await model.generate({ messages: [ask], maxTokens: 300, tools: [weather] }, { signal, onDelta })
    expect(server.sent(0, 'include')).toEqual(['reasoning.encrypted_content'])

    const messages: Message[] = [
      ask,
      JSON.parse(JSON.stringify({ role: 'assistant', content })),
      {
        role: 'user',
        content: [{ type: 'tool_result', toolUseId: 'call_1', content: [{ type: 'text', text: '-3' }] }],
      },
    ]
    await model.generate({ messages, maxTokens: 300, tools: [weather] }, { signal, onDelta })
    expect(server.sent(1, 'input', 1)).toEqual(reasoning)
    expect(server.sent(1, 'input', 2)).toMatchObject({ type: 'function_call', call_id: 'call_1' })
  })

  test('says of a model that would not answer that it refused, with what it said', async () => {
    const content = [{ type: 'refusal', refusal: 'I will not.' }]
    server.reply(turn(responsesAnswer([{ ...responsesText(''), content }])))
    const answer = await model.generate({ messages: [ask], maxTokens: 300 }, { signal, onDelta })
    expect(answer).toMatchObject({ stopReason: 'refusal', content: [{ type: 'text', text: 'I will not.' }] })
  })

  test.each([
    ['max_output_tokens', 'maxTokens'],
    ['content_filter', 'refusal'],
  ])('calls an answer that is incomplete for %s %s', async (reason, ours) => {
    const incomplete = { status: 'incomplete', incomplete_details: { reason } }
    server.reply(turn(responsesAnswer([responsesText('So')], incomplete)))
    const answer = await model.generate({ messages: [ask], maxTokens: 300 }, { signal, onDelta })
    expect(answer.stopReason).toBe(ours)
  })

  test.each([
    [{ code: 'server_error' }, true],
    [{ code: 'server_error', type: 'error' }, true],
    [{ code: 'invalid_prompt' }, false],
    [{ code: 'invalid_prompt', type: 'error' }, false],
  ])('reads an error that comes with HTTP 200: %o, retryable %s', async (error, retryable) => {
    server.reply(turn(responsesAnswer([], { status: 'failed', error: { ...error, message: 'It broke.' } })))
    await expect(model.generate({ messages: [ask], maxTokens: 300 }, { signal, onDelta })).rejects.toMatchObject({
      name: 'ModelError',
      retryable,
      message: expect.stringContaining('It broke.'),
    })
  })
})
