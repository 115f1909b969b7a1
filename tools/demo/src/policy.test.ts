import type { SamplingMessage } from '@modelcontextprotocol/sdk/types.js'
import { expect, test } from 'vitest'
import { decide } from './policy.ts'

const prompt: SamplingMessage = { role: 'user', content: { type: 'text', text: 'Report on a.md and docs/b.md.' } }
const uses = (name: string): SamplingMessage => ({
  role: 'assistant',
  content: ['c0', 'c1'].map((id) => ({ type: 'tool_use', id, name, input: {} })),
})
const results = (...texts: string[]): SamplingMessage => ({
  role: 'user',
  content: texts.map((text, index) => ({
    type: 'tool_result',
    toolUseId: `c${index}`,
    content: [{ type: 'text', text }],
  })),
})

test('reads the files that the prompt names', () => {
  expect(decide({ messages: [prompt] }).calls).toEqual([
    { name: 'files__read_text_file', input: { path: 'a.md' } },
    { name: 'files__read_text_file', input: { path: 'docs/b.md' } },
  ])
})

test('publishes a report on the first chapters of each file', () => {
  const read = results('# A\n\n## One\n\nTwo words.\n', '# B\n\n## One\n\na\n## Two\na b\n## Three\na b c\n## Four\n')
  expect(decide({ messages: [prompt, uses('files__read_text_file'), read] }).calls).toEqual([
    { name: 'publish_report', input: { title: 'a.md', parts: ['“One” takes 2 words.'] } },
    {
      name: 'publish_report',
      input: { title: 'docs/b.md', parts: ['“One” takes 1 words.', '“Two” takes 2 words.', '“Three” takes 3 words.'] },
    },
  ])
})

test('ends with what became of the reports', () => {
  const messages = [prompt, uses('publish_report'), results('a is published.', 'b is published.')]
  expect(decide({ messages })).toEqual({ text: 'a is published. b is published.', calls: [] })
})
