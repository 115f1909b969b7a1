import type { AgentDefinition } from '@longhaul/agent'
import type { ModelChooser } from '@longhaul/runtime'
import { expect, test } from 'vitest'
import { checkBudget, unpricedModels } from './check-budget.ts'

const agent = (model: string | readonly string[], limits: object): AgentDefinition => ({
  ...{
    name: 'clerk',
    file: 'agents/clerk.md',
    description: 'd',
    systemPrompt: 'p',
    tools: [],
    agents: [],
    handOffs: [],
  },
  ...{ approval: [], maxTurns: 5, maxTokens: 100, model },
  context: { policy: 'trim', threshold: 0.8, keepTurns: 4 },
  budget: { limits: { atLimit: 'ask', ...limits }, line: 7 },
})
const models: ModelChooser = {
  choose: () => 'caller',
  mostUsd: (model) => (String(model).startsWith('a/') ? 1 : undefined),
}
const problemsOf = (one: AgentDefinition, isCaller = false) =>
  checkBudget(one, unpricedModels(one, models), isCaller).map(
    ({ file, line, severity, message }) => `${file}:${line}: ${severity}: ${message}`,
  )

test('a budget in money is refused, with its line, where one of the models has no price', () => {
  expect(problemsOf(agent(['a/x', 'b/y'], { costUsd: 1 }))).toEqual([
    'agents/clerk.md:7: error: The agent cannot have budget.costUsd: nobody knows what b/y costs. Write its price into prices.yaml, or limit tokens instead.',
  ])
  expect(problemsOf(agent('a/x', { costUsd: 1 }))).toEqual([])
  expect(problemsOf(agent('b/y', { tokens: 1 }))).toEqual([])
})

test('what has no effect with the model of the caller is warned of', () => {
  expect(problemsOf(agent('caller', { tokens: 1 }), true)).toEqual([
    "agents/clerk.md:7: warning: The agent's model is that of its caller, whose tokens and costs nobody tells: budget.tokens and budget.costUsd have no effect.",
  ])
  expect(problemsOf(agent('caller', { turns: 1 }), true)).toEqual([])
})
