import { loadScriptedModel, type Model } from '@longhaul/models'
import { type JsonObject, type MessageBlock, type ModelAnswer, type ToolResult, text } from '@longhaul/task'
import { type AgentDefinition, DEFAULT_CONTEXT } from '../src/agent-definition.ts'
import type { RemoteAgentTool } from '../src/agent-tool.ts'

export const agentDefinition = (changes: Partial<AgentDefinition> = {}): AgentDefinition => ({
  name: 'clerk',
  file: 'agents/clerk.md',
  description: 'Does what a clerk does.',
  systemPrompt: 'You are a clerk.',
  tools: [{ pattern: '*', line: 3 }],
  agents: [],
  handOffs: [],
  approval: [{ ask: 'never', line: 4 }],
  maxTurns: 10,
  maxTokens: 1000,
  context: DEFAULT_CONTEXT,
  ...changes,
})

/** A remote tool that takes `{ place: string }` and counts its calls. */
export function lookTool(
  name: string,
  call: (args: JsonObject, options: Parameters<RemoteAgentTool['call']>[1]) => Promise<ToolResult> | ToolResult,
  inDoubt: RemoteAgentTool['inDoubt'] = 'repeat',
): RemoteAgentTool & { readonly calls: JsonObject[] } {
  const calls: JsonObject[] = []
  return {
    kind: 'remote',
    name,
    description: `Looks by ${name}.`,
    inputSchema: { type: 'object', properties: { place: { type: 'string' } }, required: ['place'] },
    inDoubt,
    calls,
    call: async (args, options) => {
      calls.push(args)
      return call(args, options)
    },
  }
}

export const said = (words: string): ToolResult => ({ content: [text(words)] })

export function script(yaml: string): Model {
  const loaded = loadScriptedModel(yaml, 'script.yaml')
  if (loaded.kind === 'problems') throw new Error(JSON.stringify(loaded.problems))
  return loaded.model
}

export const answer = (content: readonly MessageBlock[], stopReason: string): ModelAnswer => ({
  model: 'test',
  role: 'assistant',
  content,
  stopReason,
})

export const use = (id: string, name: string, input: JsonObject): MessageBlock => ({
  type: 'tool_use',
  id,
  name,
  input,
})
