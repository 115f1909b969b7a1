import type { ModelChoice } from '@longhaul/models'
import { defineTool, type Tool } from '@longhaul/runtime'
import { type OnCodeChange, type ResultLimits, SETTINGS } from '@longhaul/task'
import type { AgentDefinition } from './agent-definition.ts'
import type { AgentTool } from './agent-tool.ts'
import { AGENT_INPUT } from './colleagues.ts'
import type { ApprovalDefaults, Member } from './member.ts'
import { pinAgent } from './pin-agent.ts'
import { DEFAULT_APPROVALS } from './plan-approvals.ts'
import { runLoop } from './run-loop.ts'
import { selectTools } from './select-tools.ts'

export interface AgentParts {
  /** All tools of the project; the definition's globs select from them. */
  readonly tools: readonly AgentTool[]
  /** All agents of the project, of which it may call some, and hand over to some. */
  readonly agents?: readonly AgentDefinition[]
  /** Whose model the agent's `model` comes to; decides what its caller must be able to answer. */
  readonly choice: Pick<ModelChoice, 'kind'>
  /** What holds for approvals where an agent's file says nothing. */
  readonly defaults?: ApprovalDefaults
  /** What is done about tools that have changed, where these do not say. Default `continue`. */
  readonly onCodeChange?: OnCodeChange
  /** Tokens of the window of an agent's model, where it is known. */
  readonly windowOf?: (agent: AgentDefinition) => number | undefined
  /** What models are shown of the results of tools at most; all where absent. */
  readonly shown?: ResultLimits
  /** Times that its conversation may be handed over; as the settings say by themselves where absent. */
  readonly maxHandOffs?: number
  /** Those of its models of which nobody knows what they cost. */
  readonly unpricedModels?: readonly string[]
}

/** The agent as a durable tool. @throws Error when its name cannot be that of a tool */
export function createAgent(agent: AgentDefinition, parts: AgentParts): Tool {
  const { tools: available, agents = [], choice, defaults = DEFAULT_APPROVALS, windowOf, shown } = parts
  const { unpricedModels = [], onCodeChange = 'continue', maxHandOffs = SETTINGS.maxHandOffs.default } = parts
  const { name, title, description, queue, budget } = agent
  const toolsOf = (one: AgentDefinition) => selectTools(one, available, agents).tools
  const toMember = (one: AgentDefinition, tools: readonly AgentTool[]): Member => {
    const window = windowOf?.(one)
    return {
      agent: one,
      tools,
      defaults,
      onCodeChange,
      ...(window !== undefined && { window }),
      ...(shown && { shown }),
    }
  }
  const findMember = (wanted: string): Member | undefined => {
    const found = agents.find((one) => one.name === wanted)
    return found && toMember(found, toolsOf(found))
  }
  const own = toolsOf(agent)
  // By what is written, so that the definition stays the same while upstream servers come and go.
  const sampling = agent.tools.length + agent.agents.length + agent.handOffs.length > 0 ? 'tools' : 'plain'
  const tool = defineTool({
    name,
    ...(title && { title }),
    description,
    inputSchema: AGENT_INPUT,
    taskSupport: 'optional',
    ...(queue && { queue }),
    steerable: true,
    ...(budget && { budget: budget.limits }),
    ...(unpricedModels.length > 0 && { unpricedModels }),
    needs: choice.kind === 'caller' ? { sampling } : {},
    // All that it does are steps of its own, each of which knows what to do when in doubt.
    inDoubt: 'repeat',
    execute: ({ prompt }, ctx) =>
      runLoop(ctx, { first: toMember(agent, own), findMember, maxHandOffs, prompt: String(prompt) }),
  })
  return { ...tool, pin: pinAgent(agent, agents) }
}
