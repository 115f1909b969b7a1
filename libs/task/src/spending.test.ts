import { expect, test } from 'vitest'
import { type ModelAnswer, sumSpending } from './index.ts'

const answer = (more: Partial<ModelAnswer>): ModelAnswer => ({ model: 'a/b', role: 'assistant', content: [], ...more })

test('adds up what turns took, and what was spent on models that did not take them', () => {
  const passedOver = [
    { model: 'c/d', why: 'It refused.', usage: { inputTokens: 7, outputTokens: 1 }, costUsd: 0.1 },
    { model: 'e/f', why: 'Overloaded.' },
  ]
  const answers = [
    answer({ usage: { inputTokens: 10, outputTokens: 2, cacheReadTokens: 4 }, costUsd: 0.2, passedOver }),
    answer({ usage: { inputTokens: 20 }, costUsd: 0.3 }),
    answer({}),
  ]
  expect(sumSpending(answers)).toEqual({
    usage: { inputTokens: 37, outputTokens: 3, cacheReadTokens: 4 },
    costUsd: 0.6,
  })
})

test('has no cost where the price of a turn is not known, and nothing where nobody counted', () => {
  const usage = { inputTokens: 1, outputTokens: 1 }
  expect(sumSpending([answer({ usage, costUsd: 1 }), answer({ usage })])).toEqual({
    usage: { inputTokens: 2, outputTokens: 2 },
  })
  expect(sumSpending([answer({})])).toEqual({})
})
