import type { Shortage } from '@longhaul/task'
import { expect, test } from 'vitest'
import { askForBudget } from './ask-for-budget.ts'

const shortage: Shortage = {
  ...{ limit: 'turns', cap: 6, used: 5, held: 1, needed: 1 },
  ...{ isPassing: false, ask: 1, isDeclined: false },
}

test('a question for more says what is used, what calls under way hold, and what the next one may take', () => {
  const { message, requestedSchema } = askForBudget(shortage)
  expect(message).toBe(
    'The budget has no room: 5 of 6 turns of models, calls under way hold 1 turns of models, and the next call may take 1 turns of models. Raise the budget? Otherwise the task ends with what it has.',
  )
  expect(requestedSchema).toMatchObject({ properties: { limit: { minimum: 7, default: 12 } } })
  expect(askForBudget({ ...shortage, used: 6, held: 0 }).message).toMatch(
    /^The budget is used up: 6 of 6 turns of models, and the next/,
  )
})
