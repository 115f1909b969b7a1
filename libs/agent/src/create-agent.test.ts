import { toCatalogEntry } from '@longhaul/runtime'
import { expect, test } from 'vitest'
import { agentDefinition, lookTool, said } from '../test/agent-parts.ts'
import { createAgent } from './create-agent.ts'

const tools = [lookTool('map', () => said('found'))]

test('an agent is listed as a tool that takes a prompt', () => {
  const agent = createAgent(agentDefinition({ title: 'Clerk', queue: 'slow' }), { tools, choice: { kind: 'model' } })
  expect(toCatalogEntry(agent)).toMatchObject({
    name: 'clerk',
    title: 'Clerk',
    description: 'Does what a clerk does.',
    inputSchema: {
      type: 'object',
      properties: { prompt: { type: 'string' } },
      required: ['prompt'],
      additionalProperties: false,
    },
    taskSupport: 'optional',
    queue: 'slow',
    needs: {},
  })
  expect(agent.inDoubt).toBe('repeat')
})

test("an agent on its caller's model needs a client that samples, with tools where it may have some", () => {
  const choice = { kind: 'caller' } as const
  expect(createAgent(agentDefinition(), { tools, choice }).needs).toEqual({ sampling: 'tools' })
  expect(createAgent(agentDefinition({ tools: [] }), { tools, choice }).needs).toEqual({ sampling: 'plain' })
  expect(createAgent(agentDefinition(), { tools: [], choice }).needs).toEqual({ sampling: 'tools' })
})
