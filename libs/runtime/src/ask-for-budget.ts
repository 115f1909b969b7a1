import { BUDGET_ANSWER, describeAmounts, type ElicitQuestion, type Limit, type Shortage } from '@longhaul/task'

const TITLES: Readonly<Record<Limit, string>> = {
  tokens: 'New limit in tokens',
  costUsd: 'New limit in US dollars',
  turns: 'New limit in turns of models',
  toolCalls: 'New limit in calls of tools',
  wallTimeMs: 'New limit in milliseconds',
}

/** What people are asked when a budget is used up. An answer suffices for the call that is to be made next. */
export function askForBudget({ limit, cap, used, held, needed }: Shortage): ElicitQuestion {
  const isMoney = limit === 'costUsd'
  const roundUp = (value: number) =>
    isMoney ? Number((Math.ceil(value * 1e4 - 1e-6) / 1e4).toFixed(4)) : Math.ceil(value)
  const least = roundUp(
    Math.max(used + needed, limit === 'turns' || limit === 'toolCalls' ? used + held + needed : 0, cap),
  )
  const stands = used >= cap ? 'is used up' : 'has no room'
  const underWay = held > 0 ? `, calls under way hold ${describeAmounts(limit, held)}` : ''
  const next = needed > 0 ? `, and the next call may take ${describeAmounts(limit, needed)}` : ''
  return {
    method: 'elicitation/create',
    message: `The budget ${stands}: ${describeAmounts(limit, used, cap)}${underWay}${next}. Raise the budget? Otherwise the task ends with what it has.`,
    requestedSchema: {
      type: 'object',
      properties: {
        [BUDGET_ANSWER]: {
          type: isMoney ? 'number' : 'integer',
          title: TITLES[limit],
          minimum: least,
          default: Math.max(roundUp(2 * cap), least),
        },
      },
      required: [BUDGET_ANSWER],
    },
  }
}
