import { expect, test } from 'vitest'
import { type Message, text } from './content.ts'
import { uniqueToolUseIds } from './unique-tool-use-ids.ts'

const uses = (...ids: string[]): Message => ({
  role: 'assistant',
  content: ids.map((id) => ({ type: 'tool_use', id, name: 'look', input: {} })),
})
const results = (...ids: string[]): Message => ({
  role: 'user',
  content: ids.map((toolUseId, place) => ({ type: 'tool_result', toolUseId, content: [text(`result ${place + 1}`)] })),
})

test('leaves a conversation alone whose ids are unique', () => {
  const messages = [uses('a', 'b'), results('a', 'b'), uses('c'), results('c')]
  expect(uniqueToolUseIds(messages)).toEqual(messages)
})

test('renames an id that an earlier turn had, with its result', () => {
  const messages = [uses('call_0'), results('call_0'), uses('call_0'), results('call_0'), uses('call_0')]
  expect(uniqueToolUseIds(messages)).toEqual([
    uses('call_0'),
    results('call_0'),
    uses('call_0_2'),
    results('call_0_2'),
    uses('call_0_3'),
  ])
})

test('tells calls of one turn apart by their order', () => {
  expect(uniqueToolUseIds([uses('a', 'a', 'b'), results('a', 'a', 'b')])).toEqual([
    uses('a', 'a_2', 'b'),
    results('a', 'a_2', 'b'),
  ])
})

test('never gives an id that is taken', () => {
  expect(uniqueToolUseIds([uses('a', 'a_2'), results('a', 'a_2'), uses('a', 'a_2'), results('a', 'a_2')])).toEqual([
    uses('a', 'a_2'),
    results('a', 'a_2'),
    uses('a_3', 'a_2_2'),
    results('a_3', 'a_2_2'),
  ])
})
