import type { Message, MessageBlock } from '@longhaul/task'
import { expect, test } from 'vitest'
import { loadScriptedModel, type Model } from './index.ts'

const SCRIPT = `
- say: Let me look.
  call:
    - { tool: weather, with: { place: Oslo } }
    - { tool: clock }
- expect: ['-3 degrees', '"noon":true', file:///log.txt]
  say: It is cold.
- fail: Out of order
- delayMs: 3600000
  say: At last.
`

function load(yaml: string): Model {
  const loaded = loadScriptedModel(yaml, 'demo.yaml')
  if (loaded.kind === 'problems') throw new Error(JSON.stringify(loaded.problems))
  return loaded.model
}
const signal = new AbortController().signal
const user = (...content: MessageBlock[]): Message => ({ role: 'user', content })
const said: Message = { role: 'assistant', content: [] }
const hello = user({ type: 'text', text: 'Hello' })
const after = (turns: number): Message[] => [hello, ...Array.from({ length: turns }, () => [said, hello]).flat()]
const generate = (messages: readonly Message[]) => load(SCRIPT).generate({ messages, maxTokens: 9 }, { signal })

test('takes the conversation that begins like this one', async () => {
  const model = load(`
- when: [You lead, tides]
  turns: [{ say: I lead. }]
- when: [tides]
  turns: [{ say: I look for tides. }, { say: I have them. }]
`)
  const ask = async (systemPrompt: string, ...messages: Message[]) => {
    const { content } = await model.generate({ systemPrompt, messages, maxTokens: 9 }, { signal })
    return content
  }
  const tides = user({ type: 'text', text: 'What of the tides?' })
  expect(await ask('You lead.', tides)).toEqual([{ type: 'text', text: 'I lead.' }])
  expect(await ask('You search.', tides)).toEqual([{ type: 'text', text: 'I look for tides.' }])
  expect(await ask('You search.', tides, said, hello)).toEqual([{ type: 'text', text: 'I have them.' }])
  await expect(ask('You search.', hello)).rejects.toThrow(
    'demo.yaml: no conversation is for one that begins with "You search.\\nHello".',
  )
})

test('takes the turn that the conversation is at, whoever asks', async () => {
  expect(await generate([hello])).toEqual({
    model: 'scripted:demo.yaml',
    role: 'assistant',
    content: [
      { type: 'text', text: 'Let me look.' },
      { type: 'tool_use', id: 'call_1_1', name: 'weather', input: { place: 'Oslo' } },
      { type: 'tool_use', id: 'call_1_2', name: 'clock', input: {} },
    ],
    stopReason: 'toolUse',
  })
  const results = user(
    { type: 'tool_result', toolUseId: 'call_1_1', content: [{ type: 'text', text: '-3 degrees' }] },
    { type: 'tool_result', toolUseId: 'call_1_2', content: [], structuredContent: { noon: true } },
    { type: 'resource_link', uri: 'file:///log.txt', name: 'log' },
  )
  expect(await generate([hello, said, results])).toEqual({
    model: 'scripted:demo.yaml',
    role: 'assistant',
    content: [{ type: 'text', text: 'It is cold.' }],
    stopReason: 'endTurn',
  })
})

test('fails where the conversation brought something else than expected', async () => {
  const early = user({ type: 'text', text: '-3 degrees' })
  const messages = [early, said, user({ type: 'text', text: '"noon":true and more' })]
  await expect(generate(messages)).rejects.toMatchObject({
    name: 'ModelError',
    retryable: false,
    message: `demo.yaml:6: turn 2: expected "-3 degrees", "file:///log.txt", heard "\\"noon\\":true and more"`,
  })
})

test('fails where the script says so', async () => {
  await expect(generate(after(2))).rejects.toMatchObject({
    retryable: false,
    message: 'demo.yaml:8: turn 3: Out of order',
  })
})

test('fails where the script has ended', async () => {
  await expect(generate(after(4))).rejects.toMatchObject({
    retryable: false,
    message: 'demo.yaml: the conversation needs turn 5, but the script ends after 4.',
  })
})

test('stops waiting when it is aborted', async () => {
  const abort = new AbortController()
  const reason = new Error('cancelled')
  const answer = load(SCRIPT).generate({ messages: after(3), maxTokens: 9 }, { signal: abort.signal })
  abort.abort(reason)
  await expect(answer).rejects.toBe(reason)
})

test('takes the time that a turn is given', async () => {
  const started = performance.now()
  await load('- { say: Hm, delayMs: 50 }').generate({ messages: [hello], maxTokens: 9 }, { signal })
  expect(performance.now() - started).toBeGreaterThanOrEqual(45)
})
