import { type Pin, toPin } from '@longhaul/task'
import type { AgentDefinition } from './agent-definition.ts'
import { selectTools } from './select-tools.ts'

/** An agent as it is kept for its tasks, with those that may take their conversations over. */
export interface PinnedAgent {
  readonly kind: 'agent'
  readonly agent: AgentDefinition
  readonly successors: readonly AgentDefinition[]
}

/** @param agents all of the project */
export function pinAgent(agent: AgentDefinition, agents: readonly AgentDefinition[]): Pin {
  const successors = [...successorsOf(agent, agents)].filter((one) => one !== agent)
  return toPin({ kind: 'agent', agent, successors } satisfies PinnedAgent)
}

/** All agents that a conversation of this one can come to. */
function successorsOf(
  agent: AgentDefinition,
  agents: readonly AgentDefinition[],
  found = new Set<AgentDefinition>(),
): Set<AgentDefinition> {
  for (const tool of selectTools(agent, [], agents).tools) {
    const next = tool.kind === 'hand_off' && agents.find(({ name }) => name === tool.to)
    if (!next || found.has(next)) continue
    found.add(next)
    successorsOf(next, agents, found)
  }
  return found
}
