import type { ModelAnswer, Usage } from './content.ts'

/** What turns of models took. No interface, so that it is JSON for TypeScript, too. */
export type Spending = {
  /** Absent where no provider counted. */
  readonly usage?: Usage
  /** US dollars; absent where the price of something that was counted is not known. */
  readonly costUsd?: number
}

const COUNTED = ['inputTokens', 'outputTokens', 'cacheReadTokens', 'cacheWriteTokens', 'thinkingTokens'] as const

/** All that these turns took, that of models included which were asked and did not take one. */
export function sumSpending(answers: readonly ModelAnswer[]): Spending {
  const counted = answers
    .flatMap((answer) => [answer, ...(answer.passedOver ?? [])])
    .filter(({ usage }) => usage !== undefined)
  if (counted.length === 0) return {}
  const sum = (tokens: (typeof COUNTED)[number]) =>
    counted.reduce((total, { usage }) => total + (usage?.[tokens] ?? 0), 0)
  const sums = COUNTED.map((tokens) => [tokens, sum(tokens)] as const)
  const usage = Object.fromEntries(sums.filter(([tokens, total]) => total > 0 || /^(in|out)put/.test(tokens)))
  const costs = counted.flatMap(({ costUsd }) => costUsd ?? [])
  const cost = costs.reduce((total, costUsd) => total + costUsd, 0)
  // Without the noise of binary fractions.
  return { usage, ...(costs.length === counted.length && { costUsd: Number(cost.toFixed(9)) }) }
}
