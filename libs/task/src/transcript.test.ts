import { describe, expect, test } from 'vitest'
import { type Message, text, toolError } from './content.ts'
import type { JournalEntry, Said } from './journal.ts'
import type { Json } from './json.ts'
import * as transcript from './transcript.ts'

const renderTranscript = (said: Said, journal: readonly JournalEntry[]) =>
  transcript.renderTranscript(said, { taskId: 'task', journal })
const OPTIONS = { maxTokens: 100 }
const user = (words: string): Message => ({ role: 'user', content: [text(words)] })
const calls = (...ids: string[]): Message => ({
  role: 'assistant',
  content: ids.map((id) => ({ type: 'tool_use', id, name: 'look', input: {} })),
})
const base = (key: string) => ({ key, input: 'h', at: 1 })
const model = (key: string, said: Said, answer: Message): JournalEntry => ({
  ...base(key),
  type: 'value',
  kind: 'model',
  value: { model: 'm', role: 'assistant', content: answer.content } as unknown as Json,
  said,
})
const tool = (key: string, words: string): JournalEntry => ({
  ...base(key),
  type: 'value',
  kind: 'tool',
  value: { content: [{ type: 'text', text: words }] },
})

test('the first question is what was said', () => {
  const said = { messages: [user('Tea?')], options: OPTIONS }
  expect(renderTranscript(said, [])).toEqual({ messages: [user('Tea?')], options: OPTIONS })
})

describe('a later turn', () => {
  const first = model('m1', { messages: [user('Tea?')], options: OPTIONS }, calls('a', 'b'))
  const results = {
    results: [
      { step: 't1.1', toolUseId: 'a' },
      { step: 't1.2', toolUseId: 'b' },
    ],
  }

  test('has the turns before, and tool results in the order of the calls', () => {
    // The second tool was done first.
    const journal = [first, tool('t1.2', 'two'), tool('t1.1', 'one')]
    expect(renderTranscript({ after: 'm1', messages: [results, user('And?')] }, journal).messages).toEqual([
      user('Tea?'),
      calls('a', 'b'),
      {
        role: 'user',
        content: [
          { type: 'tool_result', toolUseId: 'a', content: [text('one')] },
          { type: 'tool_result', toolUseId: 'b', content: [text('two')] },
        ],
      },
      user('And?'),
    ])
  })

  test('shows a tool step that failed as an error that the model sees', () => {
    const failed: JournalEntry = { ...base('t1.2'), type: 'error', kind: 'tool', error: { message: 'No such page.' } }
    const { messages } = renderTranscript({ after: 'm1', messages: [results] }, [first, tool('t1.1', 'one'), failed])
    expect(messages.at(-1)?.content[1]).toEqual({
      type: 'tool_result',
      toolUseId: 'b',
      ...toolError('No such page.'),
    })
  })

  test('has the newest options', () => {
    const second = model('m2', { after: 'm1', messages: [], options: { maxTokens: 7 } }, user('x'))
    expect(renderTranscript({ after: 'm1', messages: [] }, [first]).options).toEqual(OPTIONS)
    expect(renderTranscript({ after: 'm2', messages: [] }, [first, second]).options).toEqual({ maxTokens: 7 })
  })

  test('takes the first outcome of a step, and no intent for one', () => {
    const intent: JournalEntry = { ...base('t1.1'), type: 'intent', kind: 'tool', attempt: 1 }
    const one = { results: [{ step: 't1.1', toolUseId: 'a' }] }
    const journal = [first, intent, tool('t1.1', 'first'), tool('t1.1', 'second')]
    expect(renderTranscript({ after: 'm1', messages: [one] }, journal).messages.at(-1)?.content[0]).toMatchObject({
      content: [text('first')],
    })
    expect(() => renderTranscript({ after: 'm1', messages: [one] }, [first, intent])).toThrow(
      "The journal has no tool step 't1.1'.",
    )
  })
})

test.each<[string, Said, JournalEntry[], string]>([
  ['an unknown step', { after: 'm9', messages: [] }, [], "The journal has no model step 'm9'."],
  [
    'a step that is no model step',
    { after: 't1', messages: [] },
    [tool('t1', 'x')],
    "The journal has no model step 't1'.",
  ],
  [
    'a step that failed',
    { after: 'm1', messages: [] },
    [{ ...base('m1'), type: 'error', kind: 'model', error: { message: 'no' } }],
    "The journal has no model step 'm1'.",
  ],
  ['nothing that has options', { messages: [] }, [], 'The journal has a conversation without options.'],
])('a journal with %s is not this task’s', (_what, said, journal, message) => {
  expect(() => renderTranscript(said, journal)).toThrow(new Error(message))
})
