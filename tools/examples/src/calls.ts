import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

/** How often something was asked for, by name. */
export interface Calls {
  /** Turns of models, by the agent. */
  readonly models: Readonly<Record<string, number>>
  /** Calls that models made, by the tool. */
  readonly tools: Readonly<Record<string, number>>
}

export interface TreeTask {
  readonly taskId: string
  readonly tool: string
}

interface Transcript {
  readonly messages: readonly { readonly role: string; readonly content: readonly { type: string; name?: string }[] }[]
}

/** Counts in the conversations of tasks, as an MCP client reads them. */
export async function countCalls(url: URL, tasks: readonly TreeTask[]): Promise<Calls> {
  const client = new Client({ name: 'examples', version: '1' })
  await client.connect(new StreamableHTTPClientTransport(url) as Parameters<typeof client.connect>[0])
  const calls = { models: {} as Record<string, number>, tools: {} as Record<string, number> }
  const count = (kind: keyof Calls, name: string) => {
    calls[kind][name] = (calls[kind][name] ?? 0) + 1
  }
  try {
    for (const { taskId, tool } of tasks) {
      const { contents } = await client.readResource({ uri: `longhaul://tasks/${taskId}/transcript` })
      const { messages } = JSON.parse((contents[0] as { readonly text: string }).text) as Transcript
      for (const { content } of messages.filter(({ role }) => role === 'assistant')) {
        count('models', tool)
        for (const block of content) if (block.type === 'tool_use') count('tools', block.name ?? '')
      }
    }
  } finally {
    await client.close()
  }
  return calls
}
