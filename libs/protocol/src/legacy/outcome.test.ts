import type { ContentBlock, Outcome } from '@longhaul/task'
import { expect, test } from 'vitest'
import { RpcError } from '../json-rpc.ts'
import { toCallToolResult } from './outcome.ts'
import { featuresOf, type LegacyVersion } from './version.ts'

const render = (outcome: Outcome, { isRelated = true, version = '2025-11-25' as LegacyVersion } = {}) =>
  toCallToolResult(outcome, { taskId: 'T', isRelated, features: featuresOf(version) })

const CONTENT: ContentBlock[] = [
  { type: 'text', text: 'a' },
  { type: 'image', data: 'AA==', mimeType: 'image/png' },
  { type: 'audio', data: 'AA==', mimeType: 'audio/wav' },
  { type: 'resource_link', uri: 'file:///a', name: 'a' },
  { type: 'resource', resource: { uri: 'file:///b', text: 'b' } },
]
const RESULT: Outcome = {
  kind: 'result',
  result: { content: CONTENT, structuredContent: { n: 1 }, isError: true, _meta: { mine: 1 } },
}

test('gives back what the tool gave, marked as that of its task', () => {
  expect(render(RESULT)).toEqual({
    content: CONTENT,
    structuredContent: { n: 1 },
    isError: true,
    _meta: { mine: 1, 'io.modelcontextprotocol/related-task': { taskId: 'T' } },
  })
})

test('does not mark the answer to a plain call', () => {
  expect(render(RESULT, { isRelated: false })._meta).toEqual({ mine: 1 })
  expect(render({ kind: 'result', result: { content: [] } }, { isRelated: false })).toEqual({ content: [] })
})

test('turns what an older revision does not know into text', () => {
  const [text, image, audio, , resource] = CONTENT
  const link = { type: 'text', text: '[resource file:///a]' }
  const march = render(RESULT, { isRelated: false, version: '2025-03-26' })
  expect(march).toEqual({ content: [text, image, audio, link, resource], isError: true, _meta: { mine: 1 } })
  expect(render(RESULT, { isRelated: false, version: '2024-11-05' }).content).toEqual([
    text,
    image,
    { type: 'text', text: '[audio, audio/wav]' },
    link,
    resource,
  ])
})

test('a failure of the protocol is the error that the call would have got', () => {
  const failure = { message: 'no such file', code: -32002, data: { uri: 'file:///a' } }
  expect(() => render({ kind: 'error', error: failure })).toThrow(
    expect.objectContaining({ code: -32002, message: 'no such file', data: { uri: 'file:///a' } }),
  )
  expect(() => render({ kind: 'error', error: { message: 'lost' } })).toThrow(
    expect.objectContaining({ code: -32603, message: 'lost', data: undefined }),
  )
})

test('a cancelled task answers with one stable error', () => {
  const outcome: Outcome = { kind: 'cancelled', reason: 'Enough.' }
  expect(() => render(outcome)).toThrow(RpcError)
  expect(() => render(outcome)).toThrow(
    expect.objectContaining({ code: -32603, message: 'Task cancelled', data: { taskId: 'T', reason: 'Enough.' } }),
  )
})
