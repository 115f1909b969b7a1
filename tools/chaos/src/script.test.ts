import { expect, test } from 'vitest'
import { takeTurn } from './provider.ts'
import { playTurn, type Script } from './script.ts'

const SCRIPT: Script = {
  label: 'task-1',
  turns: [
    [
      { tool: 'post', ms: 5 },
      { tool: 'program', program: [] },
    ],
  ],
}
const prompt = { role: 'user', content: { type: 'text', text: JSON.stringify(SCRIPT) } }

test('a model makes the calls of its turn, with the places that they have in the journal', () => {
  expect(playTurn({ messages: [prompt] })).toEqual({
    role: 'assistant',
    model: 'script',
    stopReason: 'toolUse',
    content: [
      { type: 'tool_use', id: 'call_0_0', name: 'post', input: { label: 'task-1', step: 't1.1', ms: 5 } },
      { type: 'tool_use', id: 'call_0_1', name: 'program', input: { label: 'task-1', prefix: 't1.2/', program: '[]' } },
    ],
  })
})

test('a model whose script is over says what it heard, and what failed', () => {
  const results = [
    { type: 'tool_result', content: [{ type: 'text', text: '{"receipt":1}' }] },
    { type: 'tool_result', isError: true, content: [{ type: 'text', text: 'out of order' }] },
  ]
  const messages = [prompt, { role: 'assistant', content: [] }, { role: 'user', content: results }]
  expect(playTurn({ messages })).toMatchObject({
    stopReason: 'endTurn',
    content: [{ type: 'text', text: 'I heard {"receipt":1}, failed.' }],
  })
})

test('a model repeats what was said to it, beside its calls and its last words', () => {
  const said = [{ role: 'user', content: { type: 'text', text: 'North.' } }]
  expect(playTurn({ messages: [prompt, ...said] })).toMatchObject({
    content: [{ type: 'text', text: 'I was told North.' }, { type: 'tool_use' }, { type: 'tool_use' }],
  })
  expect(playTurn({ messages: [prompt, { role: 'assistant', content: [] }, ...said] })).toMatchObject({
    content: [
      { type: 'text', text: 'I heard .' },
      { type: 'text', text: 'I was told North.' },
    ],
  })
})

test('a model that a worker calls takes the same turns, and hears of calls that failed', () => {
  const text = JSON.stringify(SCRIPT)
  const messages = [
    { role: 'system', content: 'Follow the script.' },
    { role: 'user', content: text },
    { role: 'assistant', content: '' },
    { role: 'tool', content: 'The tool call failed.\nout of order' },
    { role: 'user', content: [{ type: 'text', text: 'North.' }] },
  ] as const
  expect(takeTurn({ messages: messages.slice(0, 2) })).toMatchObject({
    seen: { label: 'task-1', turn: 1 },
    reply: {
      choices: [{ finish_reason: 'tool_calls', message: { tool_calls: [{ id: 'call_0_0' }, { id: 'call_0_1' }] } }],
    },
  })
  expect(takeTurn({ messages })).toMatchObject({
    seen: { turn: 2 },
    reply: { choices: [{ finish_reason: 'stop', message: { content: 'I heard failed.\nI was told North.' } }] },
  })
})
