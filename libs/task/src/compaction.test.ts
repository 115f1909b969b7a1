import { expect, test } from 'vitest'
import type { Compaction } from './compaction.ts'
import { type Message, type TextContent, text } from './content.ts'
import type { JournalEntry, Said } from './journal.ts'
import type { Json } from './json.ts'
import * as transcript from './transcript.ts'

const renderTranscript = (said: Said, journal: readonly JournalEntry[]) =>
  transcript.renderTranscript(said, { taskId: 'task', journal })
const user = (words: string): Message => ({ role: 'user', content: [text(words)] })
const calls = (id: string): Message => ({
  role: 'assistant',
  content: [{ type: 'tool_use', id, name: 'look', input: { at: id } }],
})
const result = (id: string, words: string): Message => ({
  role: 'user',
  content: [{ type: 'tool_result', toolUseId: id, content: [text(words)] }],
})
const entry = (key: string, value: unknown, said?: Said): JournalEntry => ({
  ...{ key, input: 'h', at: 1, type: 'value', kind: said ? 'model' : 'step', value: value as Json },
  ...(said && { said }),
})
const answer = ({ content }: Message) => ({ model: 'm', role: 'assistant', content })
const resultOf = (turn: number) => ({ results: [{ step: `t${turn}.1`, toolUseId: `u${turn}` }] })
const compaction = (more: Partial<Compaction>): Compaction => ({
  ...{ policy: 'trim', why: 'near', from: 'm3', tokens: 9 },
  ...more,
})

/** Turns of a model with a call each, and what is to be said in the next one. `compacted`: compactions by turn. */
function talk(turns: number, compacted: Readonly<Record<number, Compaction>> = {}) {
  const journal: JournalEntry[] = []
  const said = (turn: number): Said => ({
    ...(turn === 1 ? { options: { maxTokens: 9 } } : { after: `m${turn - 1}` }),
    messages: [turn === 1 ? user('The job.') : resultOf(turn - 1)],
    ...(compacted[turn] && { compaction: `c${turn}` }),
  })
  for (let turn = 1; turn <= turns; turn++) {
    const made = compacted[turn]
    if (made) journal.push(entry(`c${turn}`, made))
    journal.push(entry(`m${turn}`, answer(calls(`u${turn}`)), said(turn)))
    journal.push(entry(`t${turn}.1`, { content: [text(`found ${turn}`)] }))
  }
  const next = compacted[turns + 1]
  if (next) journal.push(entry(`c${turns + 1}`, next))
  return { journal, said: said(turns + 1) }
}

test('a compaction leaves the first message, with a word on what is gone, and the newest turns with their results', () => {
  const { journal, said } = talk(4, { 5: compaction({ from: 'm3' }) })
  expect(renderTranscript(said, journal).messages).toEqual([
    {
      role: 'user',
      content: [
        text('The job.'),
        text('[The first 2 turns of this conversation were left out here, since it had become too long.]'),
      ],
    },
    calls('u3'),
    result('u3', 'found 3'),
    calls('u4'),
    result('u4', 'found 4'),
  ])
})

test('it holds for all turns after it, and the next one counts from the beginning again', () => {
  const { journal, said } = talk(6, { 3: compaction({ from: 'm2' }), 6: compaction({ from: 'm5' }) })
  const { messages } = renderTranscript(said, journal)
  expect(messages[0]?.content[1]).toEqual(expect.objectContaining({ text: expect.stringContaining('first 4 turns') }))
  expect(messages.slice(1)).toEqual([calls('u5'), result('u5', 'found 5'), calls('u6'), result('u6', 'found 6')])
})

test('what people said in the turns that are gone stays, word for word', () => {
  const { journal, said } = talk(4, { 5: compaction({ from: 'm3' }) })
  const steered = journal.map((one) => {
    const told = 'said' in one ? one.said : undefined
    const isEarly = one.key === 'm2' || one.key === 'm3'
    return told && isEarly ? { ...one, said: { ...told, messages: [...told.messages, user(`To ${one.key}.`)] } } : one
  })
  const { messages } = renderTranscript(said, steered)
  const words = messages[0]?.content.slice(2)
  expect(words).toEqual(['[In these turns the user also said:]', 'To m2.', 'To m3.'].map(text))
  expect(messages[1]).toEqual(calls('u3'))
})

test('a summary stands where the turns were that it sums up', () => {
  const { journal, said } = talk(3, { 4: compaction({ policy: 'summarise', summary: 's4' }) })
  const summed = entry('s4', answer({ role: 'assistant', content: [text('All is found.')] }), { messages: [] })
  const [first] = renderTranscript(said, [...journal, summed]).messages
  expect(first?.content[1]).toEqual(
    text(
      '[The first 2 turns of this conversation were left out here, since it had become too long. This is a summary of what was left out:]\n\nAll is found.',
    ),
  )
})

test('the steps of a tool inside the task are found under its key', () => {
  const { journal, said } = talk(3, { 4: compaction({ from: 'm3' }) })
  const inside = journal.map((one) => {
    const { after, messages, ...rest } = 'said' in one && one.said ? one.said : { messages: [] }
    const named = messages.map((part) =>
      'results' in part ? { results: part.results.map((ref) => ({ ...ref, step: `x/${ref.step}` })) } : part,
    )
    const told = { ...rest, messages: named, ...(after && { after: `x/${after}` }) }
    return { ...one, key: `x/${one.key}`, ...('said' in one && one.said && { said: told }) } as JournalEntry
  })
  const next = { ...said, after: 'x/m3', compaction: 'x/c4', messages: [] }
  expect(renderTranscript(next, inside).messages[1]).toEqual(calls('u3'))
})

test('the conversation is there as a whole, too, with what its model does not see', () => {
  const { journal, said } = talk(4, { 3: compaction({ from: 'm2' }), 5: compaction({ from: 'm4' }) })
  const { messages, leftOut } = transcript.renderWhole(said, { taskId: 'task', journal })
  expect(messages).toEqual(renderTranscript({ ...talk(4).said }, talk(4).journal).messages)
  expect(leftOut).toEqual([
    { since: 5, from: 1, to: 3, policy: 'trim' },
    { since: 9, from: 1, to: 7, policy: 'trim' },
  ])
  expect([messages[3], messages[5], messages[7]]).toEqual([calls('u2'), calls('u3'), calls('u4')])
})

test('a recap tells in words what is left out, and what was left out before as it was summed up', () => {
  const { journal } = talk(4, { 4: compaction({ from: 'm3', policy: 'summarise', summary: 's4' }) })
  const summed = entry('s4', answer({ role: 'assistant', content: [text('All is found.')] }), { messages: [] })
  const said: Said = { messages: [{ recap: { of: 'm4', until: 'm4' } }], options: { maxTokens: 9 } }
  const [message] = renderTranscript(said, [...journal, summed]).messages
  expect(message?.content).toHaveLength(1)
  const [told = text('')] = (message?.content ?? []) as readonly TextContent[]
  expect(told.text.split('\n\n')).toEqual([
    'User: The job.',
    'User: [The first 2 turns of this conversation were left out here, since it had become too long. This is a summary of what was left out:]',
    'All is found.',
    'Assistant calls look: {"at":"u3"}',
    'Result of look: found 3',
  ])
})

test('a compaction that is not in the journal, or goes on from what is not there, is an error', () => {
  const { journal, said } = talk(2)
  expect(() => renderTranscript({ ...said, compaction: 'c3' }, journal)).toThrow("The journal has no step 'c3'.")
  const wrong = [...journal, entry('c3', compaction({ from: 'm9' }))]
  expect(() => renderTranscript({ ...said, compaction: 'c3' }, wrong)).toThrow(
    "The conversation has no model step 'm9' to go on from.",
  )
})
