import type { Context } from '@longhaul/runtime'
import type { ModelTool } from '@longhaul/task'
import type { AgentDefinition } from './agent-definition.ts'
import { type AgentTool, toModelTool } from './agent-tool.ts'

/** What the agent was when its task began. */
export interface AgentPlan {
  readonly systemPrompt: string
  readonly tools: readonly ModelTool[]
  readonly maxTurns: number
  readonly maxTokens: number
  readonly timeoutMs?: number
}

/** Key of the step that keeps the plan. */
const PLAN_STEP = 'plan'

/**
 * The plan of this task, kept in its journal: an agent whose file is edited, or an upstream server whose tools change,
 * must not change a conversation that is under way. The model is not part of it, so that a wrong one can be put right.
 */
export function keepPlan(ctx: Context, agent: AgentDefinition, tools: readonly AgentTool[]): Promise<AgentPlan> {
  const { systemPrompt, maxTurns, maxTokens, timeoutMs } = agent
  return ctx.step<AgentPlan>(PLAN_STEP, () => ({
    systemPrompt,
    tools: tools.map(toModelTool),
    maxTurns,
    maxTokens,
    ...(timeoutMs !== undefined && { timeoutMs }),
  }))
}
