import type { RemoteAgentTool } from '@longhaul/agent'
import { aroundRemoteTool, type Middleware } from '@longhaul/runtime'
import { inDoubtOf, type UpstreamTool } from '@longhaul/upstream'

/** What of a tool an agent needs. */
type Needed = Pick<UpstreamTool, 'name' | 'title' | 'description' | 'inputSchema' | 'annotations' | 'trusted' | 'call'>

/** A tool of a server, for agents. What it says of itself counts where its server is trusted. */
export function toAgentTool(tool: Needed, middleware: readonly Middleware[] = []): RemoteAgentTool {
  const { name, title, description, inputSchema, annotations, trusted } = tool
  return {
    kind: 'remote',
    name,
    ...(title && { title }),
    ...(description && { description }),
    inputSchema,
    ...(annotations && trusted && { annotations }),
    inDoubt: inDoubtOf(annotations, trusted),
    call: (args, options) => {
      const call = { tool: name, args, signal: options.signal }
      return aroundRemoteTool(call, middleware, (given) => tool.call(given, options))
    },
  }
}
