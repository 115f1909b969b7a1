import type { Conversation, Message, QuestionWait } from '@longhaul/task'
import { CreateMessageRequestSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { describe, expect, test } from 'vitest'
import { type Shown, toClientRequest } from './question.ts'
import { featuresOf, type LegacyVersion } from './version.ts'

const taskId = '7fAAAAAAAAAAAAAAAAAAAAAA'
const RELATED = { 'io.modelcontextprotocol/related-task': { taskId } }
const wait = (question: QuestionWait['question']): QuestionWait => ({
  wait: 'question',
  key: 'm3',
  kind: 'question',
  input: '',
  at: 0,
  deadline: 1,
  question,
})
const render = (shown: Partial<Shown> & Pick<Shown, 'wait'>, version: LegacyVersion = '2025-11-25') =>
  toClientRequest({ taskId, attempt: 2, isRelated: true, ...shown }, featuresOf(version))

describe('a form for a person', () => {
  const requestedSchema = { type: 'object', properties: { ok: { type: 'boolean' } }, required: ['ok'] }
  const question = wait({ method: 'elicitation/create', message: 'Go on?', requestedSchema })

  test('is a request with an id of this showing, and the task that asks', () => {
    const request = render({ wait: question })
    expect(request).toEqual({
      jsonrpc: '2.0',
      id: `${taskId}.m3.2`,
      method: 'elicitation/create',
      params: { message: 'Go on?', requestedSchema, _meta: RELATED },
    })
    expect(ElicitRequestSchema.safeParse(request).success).toBe(true)
  })

  test('does not name the task to a client that knows of none', () => {
    expect(render({ wait: question, isRelated: false }).params).toEqual({ message: 'Go on?', requestedSchema })
  })
})

test('a page to open has an id of its own, by which its end is told [P24]', () => {
  const question = wait({ method: 'elicitation/create', mode: 'url', message: 'Pay.', url: 'https://pay.example' })
  const request = render({ wait: question })
  expect(request).toEqual({
    jsonrpc: '2.0',
    id: `${taskId}.m3.2`,
    method: 'elicitation/create',
    params: {
      mode: 'url',
      message: 'Pay.',
      url: 'https://pay.example',
      elicitationId: `${taskId}.m3`,
      _meta: RELATED,
    },
  })
  expect(ElicitRequestSchema.safeParse(request).success).toBe(true)
})

test('roots are asked for without params, unless the client knows of the task', () => {
  const question = wait({ method: 'roots/list' })
  const request = { jsonrpc: '2.0', id: `${taskId}.m3.2`, method: 'roots/list' }
  expect(render({ wait: question })).toEqual({ ...request, params: { _meta: RELATED } })
  expect(render({ wait: question, isRelated: false })).toEqual(request)
})

describe('a turn of the client’s model', () => {
  const said = { messages: [] }
  const question = wait({ method: 'sampling/createMessage', said })
  const image = { type: 'image', data: 'AA==', mimeType: 'image/png' } as const
  const audio = { type: 'audio', data: 'AA==', mimeType: 'audio/wav' } as const
  const messages: readonly Message[] = [
    { role: 'user', content: [{ type: 'text', text: 'Look.' }, image, audio] },
    {
      role: 'assistant',
      content: [
        { type: 'text', text: 'I look twice.' },
        { type: 'tool_use', id: 'c1', name: 'look', input: { at: 'a' } },
        { type: 'tool_use', id: 'c2', name: 'look', input: { at: 'b' } },
      ],
    },
    {
      role: 'user',
      content: [
        { type: 'tool_result', toolUseId: 'c1', content: [{ type: 'text', text: 'A' }] },
        { type: 'tool_result', toolUseId: 'c2', content: [{ type: 'text', text: 'gone' }], isError: true },
      ],
    },
    { role: 'user', content: [{ type: 'text', text: 'Sum up.' }] },
  ]
  const options = {
    systemPrompt: 'Be brief.',
    maxTokens: 100,
    tools: [{ name: 'look', inputSchema: { type: 'object' } }],
    toolChoice: { mode: 'auto' },
  } as const
  const conversation: Conversation = { messages, options }

  test('is the whole conversation, with one block alone and several as a list', () => {
    const request = render({ wait: question, conversation })
    const [first, second, third] = messages
    expect(request).toEqual({
      jsonrpc: '2.0',
      id: `${taskId}.m3.2`,
      method: 'sampling/createMessage',
      params: {
        ...options,
        messages: [first, second, third, { role: 'user', content: { type: 'text', text: 'Sum up.' } }],
        _meta: RELATED,
      },
    })
    expect(CreateMessageRequestSchema.safeParse(request).success).toBe(true)
  })

  test('answers every tool_use in the very next message, which holds nothing else', () => {
    const rendered = render({ wait: question, conversation }).params?.messages as unknown as Message[]
    const [, uses, results] = rendered.map(({ content }) => content)
    expect(uses?.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []))).toEqual(['c1', 'c2'])
    expect(results?.map((block) => block.type === 'tool_result' && block.toolUseId)).toEqual(['c1', 'c2'])
  })

  test.each<[LegacyVersion, unknown[]]>([
    ['2025-06-18', [image, audio]],
    ['2025-03-26', [image, audio]],
    ['2024-11-05', [image]],
  ])('has no tools and one block a message in %s', (version, media) => {
    const request = render({ wait: question, conversation, isRelated: false }, version)
    expect(request.params).toEqual({
      systemPrompt: 'Be brief.',
      maxTokens: 100,
      messages: [
        { role: 'user', content: { type: 'text', text: 'Look.' } },
        ...media.map((content) => ({ role: 'user', content })),
        { role: 'assistant', content: { type: 'text', text: 'I look twice.' } },
        { role: 'user', content: { type: 'text', text: 'Sum up.' } },
      ],
    })
    expect(CreateMessageRequestSchema.safeParse(request).success).toBe(true)
  })

  test('cannot be shown without its conversation', () => {
    expect(() => render({ wait: question })).toThrow('A sampling question is shown with its conversation.')
  })
})
