import { describeCall } from '@longhaul/agent'
import type { Context, Tool } from '@longhaul/runtime'
import type { JsonObject, Progress, ToolResult } from '@longhaul/task'
import { inDoubtOf, type TaskPolicy, type UpstreamTool } from '@longhaul/upstream'

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
    // Outside of its steps it does nothing.
    inDoubt: 'repeat',
    execute: (args, ctx) => callUpstream(ctx, upstream, { args, policy }),
  }
}

interface GatewayCall {
  readonly args: JsonObject
  readonly policy: TaskPolicy
}

async function callUpstream(ctx: Context, upstream: UpstreamTool, { args, policy }: GatewayCall): Promise<ToolResult> {
  const { name, annotations, trusted } = upstream
  const { trace } = ctx
  const onProgress = ({ progress, total, message }: Progress) => ctx.progress(progress, total, message)
  return ctx.step(
    'call',
    ({ signal, idempotencyKey }) => upstream.call(args, { signal, idempotencyKey, onProgress, trace }),
    {
      kind: 'tool',
      input: [name, args],
      inDoubt: policy.inDoubt ?? inDoubtOf(annotations, trusted),
      label: describeCall(name, args),
      ...(policy.retry && { retry: policy.retry }),
      // The connection has a limit of its own.
      timeoutMs: 0,
    },
  )
}
