import type { AgentDefinition, PinnedAgent } from '@longhaul/agent'
import type { Tool } from '@longhaul/runtime'
import type { Settings } from '@longhaul/task'
import { createWorkflows, type PinnedWorkflow, parseWorkflowFile, type Target, type Workflow } from '@longhaul/workflow'

/** What is there now for a definition of before to be run with. */
export interface RestoreParts {
  readonly createAgent: (agent: AgentDefinition, agents: readonly AgentDefinition[]) => Tool
  readonly agents: readonly AgentDefinition[]
  readonly workflows: readonly Workflow[]
  /** What workflows can call, other workflows left out. */
  readonly targets: readonly Target[]
  readonly settings: Settings
}

/** Makes a tool of what was pinned for a task. @throws Error that says what it lacks here */
export function restorePinned(content: string, parts: RestoreParts): Tool {
  const pinned = JSON.parse(content) as PinnedAgent | PinnedWorkflow
  return pinned.kind === 'agent' ? restoreAgent(pinned, parts) : restoreWorkflow(pinned, parts)
}

function restoreAgent({ agent, successors }: PinnedAgent, { createAgent, agents }: RestoreParts): Tool {
  const own = [agent, ...successors]
  const others = agents.filter(({ name }) => !own.some((one) => one.name === name))
  return createAgent(agent, [...own, ...others])
}

function restoreWorkflow({ text, file }: PinnedWorkflow, { workflows, targets, settings }: RestoreParts): Tool {
  const { workflow, problems } = parseWorkflowFile(text, file, settings)
  const others = workflows.filter(({ name }) => name !== workflow?.name)
  const made = workflow && createWorkflows([workflow, ...others], { targets, settings })
  const tool = made?.tools.find(({ name }) => name === workflow?.name)
  if (tool) return tool
  const own = [...problems, ...(made?.problems ?? [])].filter((problem) => problem.file === file)
  throw new Error(own.map(({ message }) => message).join(' '))
}
