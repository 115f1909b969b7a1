import type { JsonSchema } from '@longhaul/task'
import type { AgentDefinition } from './agent-definition.ts'
import type { CalledAgent, HandOff } from './agent-tool.ts'

/** What an agent is called with. */
export const AGENT_INPUT: JsonSchema = {
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

const HAND_OFF_INPUT: JsonSchema = {
  type: 'object',
  properties: { reason: { type: 'string', description: 'Why, in a few words.' } },
  additionalProperties: false,
}

/** No tool of a project begins so, unless somebody wants it to be confused with this. */
const HAND_OFF = 'hand_off_to_'

export const toCalledAgent = ({ name, title, description }: AgentDefinition): CalledAgent => ({
  kind: 'agent',
  name,
  ...(title && { title }),
  description,
  inputSchema: AGENT_INPUT,
})

export const toHandOff = ({ name, title, description }: AgentDefinition): HandOff => ({
  kind: 'hand_off',
  name: `${HAND_OFF}${name}`,
  ...(title && { title: `Hand over to ${title}` }),
  description: `Hands this conversation over to the agent '${name}', who sees all of it and answers from then on. ${description}`,
  inputSchema: HAND_OFF_INPUT,
  to: name,
})
