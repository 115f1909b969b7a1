import type { ModelChoice } from '@longhaul/models'
import { defineTool, type Tool } from '@longhaul/runtime'
import type { JsonSchema } from '@longhaul/task'
import type { AgentDefinition } from './agent-definition.ts'
import type { AgentTool } from './agent-tool.ts'
import { runLoop } from './run-loop.ts'
import { selectTools } from './select-tools.ts'

export interface AgentParts {
  /** All tools of the project; the definition's globs select from them. */
  readonly tools: readonly AgentTool[]
  /** Whose model the agent's `model` comes to; decides what its caller must be able to answer. */
  readonly choice: Pick<ModelChoice, 'kind'>
}

const INPUT: JsonSchema = {
  type: 'object',
  properties: {
    prompt: {
      type: 'string',
      minLength: 1,
      description:
        'What the agent should do, in words. It sees nothing else of this conversation, so say all that it needs to know.',
    },
  },
  required: ['prompt'],
  additionalProperties: false,
}

/** The agent as a durable tool. @throws Error when its name cannot be that of a tool */
export function createAgent(agent: AgentDefinition, { tools: available, choice }: AgentParts): Tool {
  const { name, title, description, queue } = agent
  const { tools } = selectTools(agent, available)
  // By what is written, so that the definition stays the same while upstream servers come and go.
  const sampling = agent.tools.length > 0 ? 'tools' : 'plain'
  return defineTool({
    name,
    ...(title && { title }),
    description,
    inputSchema: INPUT,
    taskSupport: 'optional',
    ...(queue && { queue }),
    needs: choice.kind === 'caller' ? { sampling } : {},
    // All that it does are steps of its own, each of which knows what to do when in doubt.
    inDoubt: 'repeat',
    execute: ({ prompt }, ctx) => runLoop(ctx, { agent, tools, prompt: String(prompt) }),
  })
}
