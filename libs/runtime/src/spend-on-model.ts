import { type Amounts, type Conversation, type ModelAnswer, NO_AMOUNTS, sumSpending, toNanoUsd } from '@longhaul/task'
import type { Activation } from './activation.ts'
import type { Spends } from './attempts.ts'
import { isOutcomeUnknown, NonRetryableError } from './errors.ts'
import type { ModelChooser } from './models.ts'
import { mostInputTokens } from './most-tokens.ts'

/** A turn of the caller's model: what it costs is the caller's business, and nobody tells. */
export const TURN_OF_CALLER: Amounts = { ...NO_AMOUNTS, turns: 1 }

export interface ModelTurn {
  readonly model: string | readonly string[] | undefined
  readonly conversation: () => Conversation
  /** The turn that it continues. */
  readonly last: ModelAnswer | undefined
  /** Whether it is asked with another prompt or other tools than that. */
  readonly areOptionsNew: boolean
  /** What people have sent that the turn will take. */
  readonly sent: () => readonly string[]
}

/** What a turn of a model that the worker calls takes of budgets. Where its provider does not count, that is the most. */
export function spendOnModel(
  { isMoneyLimited }: Activation,
  models: ModelChooser,
  { model, conversation, sent, ...before }: ModelTurn,
): Spends {
  const most = (): Amounts => {
    const asked = conversation()
    const inputTokens = mostInputTokens(asked, before) + Buffer.byteLength(sent().join())
    const { maxTokens: outputTokens } = asked.options
    const tokens = { inputTokens, outputTokens }
    const costUsd = models.mostUsd?.(model, tokens)
    if (costUsd === undefined && isMoneyLimited)
      throw unpriced(namesOf(model).filter((name) => models.mostUsd?.(name, tokens) === undefined))
    // Each of several may be asked before one answers.
    const times = namesOf(model).length
    return { ...TURN_OF_CALLER, tokens: times * (inputTokens + outputTokens), nanoUsd: toNanoUsd(costUsd ?? 0) }
  }
  return {
    most,
    spent: (value) => {
      const { usage, costUsd } = sumSpending([value as ModelAnswer])
      const counted = usage && (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0)
      const limit = counted === undefined || costUsd === undefined ? most() : undefined
      const nanoUsd = costUsd === undefined ? (limit?.nanoUsd ?? 0) : toNanoUsd(costUsd)
      return { ...TURN_OF_CALLER, tokens: counted ?? limit?.tokens ?? 0, nanoUsd }
    },
    // Of most failures nobody says what they took. One that was broken off has taken all.
    failed: (error) => (isOutcomeUnknown(error) ? { ...most(), turns: 0 } : NO_AMOUNTS),
  }
}

const namesOf = (model: ModelTurn['model']): readonly string[] => [model ?? 'auto'].flat()

function unpriced(names: readonly string[]): NonRetryableError {
  const costs = `${names.join(', ')} ${names.length > 1 ? 'cost' : 'costs'}`
  return new NonRetryableError(
    `There is a budget in money, and nobody knows what ${costs}. Write that into prices.yaml of the project, or limit tokens instead.`,
  )
}
