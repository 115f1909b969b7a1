import { expect, it } from 'vitest'
import { readResult } from './result.ts'

it('keeps the four members of a tool result, and blocks of a kind that nobody knows yet', () => {
  const content = [
    { type: 'text', text: 'a', annotations: { priority: 1 } },
    { type: 'hologram', data: 'x' },
  ]
  const result = { content, structuredContent: { a: 1 }, isError: true, _meta: { k: 'v' } }
  expect(readResult({ ...result, ttlMs: 5 })).toEqual(result)
})

it('leaves out what names the task and the server that it came from', () => {
  const ofServer = {
    'io.modelcontextprotocol/related-task': { taskId: 'theirs' },
    'io.modelcontextprotocol/serverInfo': { name: 'notes', version: '1' },
  }
  expect(readResult({ content: [], _meta: { ...ofServer, k: 'v' } })).toEqual({ content: [], _meta: { k: 'v' } })
  expect(readResult({ content: [], _meta: ofServer })).toEqual({ content: [] })
})

it('gives structured content as text where there is no other content', () => {
  expect(readResult({ structuredContent: { a: 1 } })).toEqual({
    content: [{ type: 'text', text: '{"a":1}' }],
    structuredContent: { a: 1 },
  })
})

it('wraps structured content that is no object', () => {
  expect(readResult({ content: [], structuredContent: [1] })).toEqual({
    content: [],
    structuredContent: { result: [1] },
  })
})

it('takes null for what is not there', () => {
  const content = [{ type: 'text', text: 'a' }]
  expect(readResult({ content, structuredContent: null, isError: null, _meta: null })).toEqual({ content })
})

it.each([[{}], [{ content: 'text' }], [{ content: ['text'] }], [{ content: [{ text: 'no type' }] }]])(
  'is nothing for %j',
  (result) => {
    expect(readResult(result)).toBeUndefined()
  },
)
