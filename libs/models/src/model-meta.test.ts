import { expect, test } from 'vitest'
import { malformedInput, withoutModelMeta } from './index.ts'

const provider = { 'dev.longhaul/provider': { model: 'anthropic/m', before: [{ text: 'a thought' }] } }

test('takes out what only a provider should see, and leaves the rest of _meta', () => {
  const blocks = withoutModelMeta([
    { type: 'text', text: 'a', _meta: provider },
    { type: 'text', text: 'b', _meta: { ...provider, 'com.example/kept': 1 } },
    { type: 'text', text: 'c' },
  ])
  expect(blocks).toEqual([
    { type: 'text', text: 'a' },
    { type: 'text', text: 'b', _meta: { 'com.example/kept': 1 } },
    { type: 'text', text: 'c' },
  ])
})

test('takes a marker that somebody else made for nothing', () => {
  const use = { type: 'tool_use', id: '1', name: 'weather', input: {} } as const
  expect(malformedInput({ ...use, _meta: { 'dev.longhaul/malformed-input': { text: 7 } } })).toBeUndefined()
  expect(malformedInput({ ...use, _meta: {} })).toBeUndefined()
})
