import type { CreateMessageRequestParams, CreateMessageResultWithTools } from '@modelcontextprotocol/sdk/types.js'

/** What the model of a run does, in its agent's prompt: the calls of each turn. Then it repeats what it was told. */
export interface Script {
  /** Begins the names of all effects of the run. */
  readonly run: string
  readonly turns: readonly (readonly ScriptedCall[])[]
}
export interface ScriptedCall {
  readonly tool: string
  /** The effect; `run/` is put before it. */
  readonly what: string
}

export const toPrompt = (script: Script): string => JSON.stringify(script)

interface ToolUse {
  readonly id: string
  readonly name: string
  readonly input: { readonly what: string }
}

/** The calls of a turn, counted from 0; none when the script is over. */
export function callsOf(prompt: string, turn: number): readonly ToolUse[] {
  const { run, turns }: Script = JSON.parse(prompt)
  return (turns[turn] ?? []).map(({ tool, what }, place) => ({
    id: `call_${turn}_${place}`,
    name: tool,
    input: { what: `${run}/${what}` },
  }))
}

/** The turn of a client's own model. */
export function playTurn({ messages }: CreateMessageRequestParams): CreateMessageResultWithTools {
  const blocks = messages.map(({ role, content }) => ({ role, content: [content].flat() }))
  const [prompt] = blocks[0]?.content ?? []
  const turn = blocks.filter(({ role }) => role === 'assistant').length
  const calls = prompt?.type === 'text' ? callsOf(prompt.text, turn) : []
  if (calls.length > 0) {
    const content = calls.map((call) => ({ type: 'tool_use' as const, ...call }))
    return { model: 'script', role: 'assistant', stopReason: 'toolUse', content }
  }
  const heard = blocks.flatMap(({ content }) => content).filter((block) => block.type === 'tool_result')
  const words = heard.flatMap(({ isError, content }) =>
    content.map((block) => `${isError ? 'ERROR ' : ''}${block.type === 'text' ? block.text : block.type}`),
  )
  return {
    model: 'script',
    role: 'assistant',
    stopReason: 'endTurn',
    content: { type: 'text', text: words.join('\n') },
  }
}
