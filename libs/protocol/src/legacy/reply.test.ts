import { describe, expect, test } from 'vitest'
import { parseReply } from './reply.ts'

const elicited = (result: unknown) => parseReply('elicitation/create', { jsonrpc: '2.0', id: 'x', result })
const sampled = (result: unknown) => parseReply('sampling/createMessage', { jsonrpc: '2.0', id: 'x', result })
const refused = (error: unknown) =>
  parseReply('sampling/createMessage', { jsonrpc: '2.0', id: 'x', error: error as never })

describe('what a person said', () => {
  test.each([
    { action: 'accept', content: { name: 'a', count: 1.5, sure: false, tags: ['x'] } },
    { action: 'accept' },
    { action: 'decline' },
    { action: 'cancel' },
  ])('is taken as it is: %j', (answer) => {
    expect(elicited({ ...answer, _meta: { mine: 1 } })).toEqual({ kind: 'answer', answer })
  })

  test.each([
    [{}, 'action: expected one of "accept"|"decline"|"cancel"'],
    [{ action: 'maybe' }, 'action: expected one of "accept"|"decline"|"cancel"'],
    [{ action: 'accept', content: 'yes' }, 'content: expected record, received string'],
    [{ action: 'accept', content: { a: [1] } }, 'content.a.0: expected string, received number'],
    [null, 'expected object, received null'],
    [undefined, 'expected object, received undefined'],
  ])('is malformed: %j', (result, reason) => {
    expect(elicited(result)).toEqual({ kind: 'malformed', reason })
  })
})

describe('what a model said', () => {
  const text = { type: 'text', text: 'a' }
  const result = { type: 'tool_result', toolUseId: 'c1', content: [] }
  const call = { type: 'tool_use', id: 'c1', name: 'look', input: { at: 'x' }, _meta: { signature: 's' } }

  test('is a list of blocks, whether it came as one or as many', () => {
    const answer = { model: 'm', role: 'assistant' } as const
    expect(sampled({ ...answer, content: text })).toEqual({ kind: 'answer', answer: { ...answer, content: [text] } })
    expect(sampled({ ...answer, content: [text, call, call], stopReason: 'toolUse' })).toEqual({
      kind: 'answer',
      answer: { ...answer, content: [text, call, call], stopReason: 'toolUse' },
    })
    expect(sampled({ ...answer, content: [], stopReason: 'a word of its own' })).toEqual({
      kind: 'answer',
      answer: { ...answer, content: [], stopReason: 'a word of its own' },
    })
  })

  test.each([
    [{ role: 'assistant', content: text }, 'model: expected string, received undefined'],
    [{ model: 'm', role: 'user', content: text }, 'role: a model answers as assistant'],
    ...[result, [call, result]].map((content): [unknown, string] => [
      { model: 'm', role: 'assistant', content },
      'content: a model answers with no tool_result',
    ]),
    [
      { model: 'm', role: 'assistant', content: 'hi' },
      'content: expected object, received string, or expected array, received string',
    ],
    [
      { model: 'm', role: 'assistant', content: [{ type: 'text' }] },
      'content.0.text: expected string, received undefined',
    ],
    [
      { model: 'm', role: 'assistant', content: [text, { type: 'tool_use', id: 1, name: 'a', input: {} }] },
      'content.1.id: expected string, received number',
    ],
    [
      { model: 'm', role: 'assistant', content: { type: 'thinking' } },
      "content.type: Invalid discriminator value. Expected 'text' | 'image' | 'audio' | 'tool_use' | 'tool_result'",
    ],
  ])('is malformed: %j', (result, reason) => {
    expect(sampled(result)).toEqual({ kind: 'malformed', reason })
  })
})

describe('an error', () => {
  test('is a refusal with its code and data', () => {
    expect(refused({ code: -32603, message: 'no model', data: { retry: false } })).toEqual({
      kind: 'refusal',
      failure: {
        message: 'The client refused sampling/createMessage: no model',
        code: -32603,
        data: { retry: false },
      },
    })
  })

  test('says when it was the user who rejected', () => {
    expect(refused({ code: -1, message: 'User rejected sampling request' })).toEqual({
      kind: 'refusal',
      failure: {
        message: 'The user of the client rejected the request: User rejected sampling request',
        code: -1,
      },
    })
  })

  test.each([{}, { code: 'x', message: { a: 1 } }, { code: 1.5, message: '' }])('may be odd: %j', (error) => {
    expect(refused(error)).toEqual({
      kind: 'refusal',
      failure: { message: 'The client refused sampling/createMessage, without a reason.' },
    })
  })

  test('counts even where a result stands beside it', () => {
    const both = { jsonrpc: '2.0', id: 1, result: { action: 'accept' }, error: { code: 5, message: 'no' } } as const
    expect(parseReply('elicitation/create', both)).toMatchObject({ kind: 'refusal' })
  })
})
