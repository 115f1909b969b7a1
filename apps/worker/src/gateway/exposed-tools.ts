import { isSelected, toMatcher } from '@longhaul/agent'
import { aroundTool, type Middleware, type Tool } from '@longhaul/runtime'
import type { Problem } from '@longhaul/task'
import type { ServerConfig, UpstreamTool } from '@longhaul/upstream'
import { toGatewayTool } from './gateway-tool.ts'

/** The upstream tools that are tasks of their own, and a warning for each glob that selects none. */
export function exposeTools(
  servers: readonly ServerConfig[],
  listed: readonly UpstreamTool[],
  middleware: readonly Middleware[],
): { readonly tools: readonly Tool[]; readonly problems: readonly Problem[] } {
  const parts = servers.map((server) => exposeOf(server, listed))
  const tools = parts.flatMap((part) => part.tools).map((tool) => aroundTool(tool, middleware))
  return { tools, problems: parts.flatMap(({ problems }) => problems) }
}

function exposeOf({ name: server, exposed, source }: ServerConfig, listed: readonly UpstreamTool[]) {
  const own = listed.filter((tool) => tool.server === server)
  // A server that has listed nothing yet may have all of them.
  if (!exposed || own.length === 0) return { tools: [], problems: [] }
  const matchers = exposed.globs.map((glob) => ({ glob, ...toMatcher(glob) }))
  const shortName = ({ name }: UpstreamTool) => name.slice(`${server}__`.length)
  const problems = matchers
    .filter(({ matches }) => !own.some((tool) => matches(shortName(tool))))
    .map(({ glob }): Problem => {
      const message = `the server "${server}": "expose" has '${glob}', which matches none of its tools`
      return { ...source, message, severity: 'warning' }
    })
  const selected = own.filter((tool) => isSelected(shortName(tool), matchers))
  return { tools: selected.map((tool) => toGatewayTool(tool, exposed.policy)), problems }
}
