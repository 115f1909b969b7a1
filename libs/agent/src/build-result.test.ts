import { PROVIDER_META } from '@longhaul/models'
import { type ModelAnswer, text } from '@longhaul/task'
import { expect, test } from 'vitest'
import { answer, use } from '../test/agent-parts.ts'
import { buildResult } from './build-result.ts'

const plan = { systemPrompt: '', tools: [], maxTurns: 10, maxTokens: 1000 }
const build = (...answers: readonly ModelAnswer[]) =>
  buildResult({ plan, memory: { answers, summaries: [] }, stop: undefined })

test('an answer leaves without what was for its provider only', () => {
  const block = { ...text('Done.'), _meta: { [PROVIDER_META]: { signature: 'x' } } }
  const { content } = build(answer([block], 'endTurn'))
  expect(content).toEqual([{ type: 'text', text: 'Done.' }])
})

test('the usage and the cost of all turns are added up', () => {
  const answers = [
    { ...answer([use('a', 'map', {})], 'toolUse'), usage: { inputTokens: 10, outputTokens: 2 }, costUsd: 0.5 },
    { ...answer([text('Done.')], 'endTurn'), usage: { inputTokens: 20 }, costUsd: 0.25 },
  ]
  expect(build(...answers)._meta).toEqual({
    'dev.longhaul/agent': { turns: 2, stop: 'endTurn', usage: { inputTokens: 30, outputTokens: 2 }, costUsd: 0.75 },
  })
})

test('an agent that ends in silence says so, and has failed only where its model did not just end', () => {
  expect(build(answer([text(' ')], 'endTurn'))).toEqual({
    content: [text('[The agent ended without an answer.]')],
    _meta: { 'dev.longhaul/agent': { turns: 1, stop: 'endTurn' } },
  })
  expect(build(answer([], 'MALFORMED_FUNCTION_CALL'))).toMatchObject({
    content: [text('[The agent ended without an answer (MALFORMED_FUNCTION_CALL).]')],
    isError: true,
  })
})

test('an agent that could not hear a message any more says so', () => {
  const answers = [answer([text('Done.'), use('a', 'map', {})], 'toolUse')]
  expect(
    buildResult({ plan, memory: { answers, summaries: [] }, stop: 'maxTurns', isUnheard: true }).content,
  ).toContainEqual(text('[A message that was sent to the agent was not heard any more.]'))
})

test('an agent whose model refused has failed, whatever it had said or begun', () => {
  const refused = { ...answer([text('First'), use('a', 'map', {})], 'refusal'), refusal: 'SAFETY' }
  expect(build(refused)).toMatchObject({
    content: [text('First'), text('[The model refused to go on (SAFETY).]')],
    isError: true,
    _meta: { 'dev.longhaul/agent': { turns: 1, stop: 'refusal' } },
  })
})
