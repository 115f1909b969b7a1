import type { Tool } from '@longhaul/runtime'
import type { TaskPolicy, UpstreamTool } from '@longhaul/upstream'
import { callUpstream } from './call-upstream.ts'
import { endUpstream } from './end-upstream.ts'
import { mindsSchema, schemaVersion } from './schema-version.ts'

/** An upstream tool as a durable tool: listed as the server lists it, and run by the policy of its server's entry. */
export function toGatewayTool(upstream: UpstreamTool, policy: TaskPolicy): Tool {
  const { name, title, description = '', icons, inputSchema, outputSchema, annotations, _meta } = upstream
  const { timeoutMs } = policy
  return {
    name,
    ...(title && { title }),
    description,
    ...(icons && { icons }),
    ...(_meta && { _meta }),
    inputSchema,
    // Structured content of an upstream is an object here, whatever it was there.
    ...(outputSchema?.type === 'object' && { outputSchema }),
    ...(annotations && { annotations }),
    taskSupport: 'optional',
    queue: 'default',
    needs: {},
    ...(timeoutMs !== undefined && { timeoutMs }),
    version: schemaVersion(inputSchema),
    mindsVersion: mindsSchema,
    // Outside of its steps it does nothing.
    inDoubt: 'repeat',
    undoes: true,
    // All that it can do is to tell the server that its task is not wanted any more.
    effectsStay: true,
    execute: (args, ctx) => {
      const call = { upstream, args, policy }
      return ctx.undoing ? endUpstream(ctx, call, ctx.undoing) : callUpstream(ctx, call)
    },
  }
}
