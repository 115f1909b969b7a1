import type { AgentDefinition } from '@longhaul/agent'
import type { ModelChooser } from '@longhaul/runtime'
import type { Problem } from '@longhaul/task'

/** Which of the models of an agent have no price that is known. */
export function unpricedModels({ model = 'auto' }: AgentDefinition, models: ModelChooser): readonly string[] {
  const tokens = { inputTokens: 0, outputTokens: 0 }
  return [model].flat().filter((name) => models.mostUsd?.(name, tokens) === undefined)
}

/** What is wrong with the budget of an agent whose models are these. */
export function checkBudget(
  { file, budget }: AgentDefinition,
  unpriced: readonly string[],
  isCaller: boolean,
): Problem[] {
  if (!budget) return []
  const { limits, line } = budget
  if (isCaller && (limits.costUsd !== undefined || limits.tokens !== undefined)) {
    const message =
      "The agent's model is that of its caller, whose tokens and costs nobody tells: budget.tokens and budget.costUsd have no effect."
    return [{ file, line, message, severity: 'warning' }]
  }
  if (limits.costUsd === undefined || unpriced.length === 0) return []
  const message = `The agent cannot have budget.costUsd: nobody knows what ${unpriced.join(', ')} costs. Write its price into prices.yaml, or limit tokens instead.`
  return [{ file, line, message, severity: 'error' }]
}
