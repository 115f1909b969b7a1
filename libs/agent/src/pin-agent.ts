import { createHash } from 'node:crypto'
import type { Pin } from '@longhaul/task'
import type { AgentDefinition } from './agent-definition.ts'
import { selectTools } from './select-tools.ts'

/** An agent as it is kept for its tasks, with those that may take their conversations over. */
export interface PinnedAgent {
  readonly agent: AgentDefinition
  readonly successors: readonly AgentDefinition[]
}

const HASH_CHARACTERS = 16

/** @param agents all of the project */
export function pinAgent(agent: AgentDefinition, agents: readonly AgentDefinition[]): Pin {
  const successors = [...successorsOf(agent, agents)].filter((one) => one !== agent)
  const content = JSON.stringify({ agent, successors } satisfies PinnedAgent)
  return { hash: createHash('sha256').update(content).digest('base64url').slice(0, HASH_CHARACTERS), content }
}

export const parsePinnedAgent = (content: string): PinnedAgent => JSON.parse(content)

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
