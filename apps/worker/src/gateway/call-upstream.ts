import { describeCall } from '@longhaul/agent'
import { type Context, OutcomeUnknownError, type StepOptions } from '@longhaul/runtime'
import type { Json, JsonObject, Progress, ToolResult } from '@longhaul/task'
import { type Begun, inDoubtOf, type TaskPolicy, type UpstreamTool } from '@longhaul/upstream'
import { followTask } from './follow-task.ts'

export interface GatewayCall {
  readonly upstream: UpstreamTool
  readonly args: JsonObject
  readonly policy: TaskPolicy
}

/** How often a call is made whose task the server forgets each time, where no policy says. */
const CALLS = 3

/**
 * Calls an upstream tool to its end. Where the server makes a task of the call, that is on record before anybody asks
 * how it stands, so that whoever goes on asks, and does not call again.
 */
export async function callUpstream(ctx: Context, call: GatewayCall): Promise<ToolResult> {
  const { upstream, policy } = call
  const most = policy.retry?.maxAttempts ?? CALLS
  for (let time = 1; ; time++) {
    const begun = await begin(ctx, call, time)
    if (begun.kind === 'result') return begun.result
    if (begun.kind === 'asks') throw new Error('It asks for what nobody here passes on yet.')
    const followed = await followTask(ctx, { upstream, task: begun.task, key: `look-${time}` })
    if (followed.kind === 'over') return followed.result
    await settleDoubt(ctx, call, { time, most, why: followed.why })
  }
}

function begin(ctx: Context, call: GatewayCall, time: number): Promise<Begun> {
  const { upstream, args, policy } = call
  // One call to whoever receives it, however often it is made.
  const { trace, idempotencyKey } = ctx
  const onProgress = ({ progress, total, message }: Progress) => ctx.progress(progress, total, message)
  return ctx.step<Begun>(
    time === 1 ? 'call' : `call-${time}`,
    ({ signal }) => upstream.begin(args, { signal, idempotencyKey, onProgress, trace }),
    {
      ...identityOf(call),
      ...(policy.retry && { retry: policy.retry }),
      // The connection has a limit of its own.
      timeoutMs: 0,
    },
  )
}

const identityOf = ({ upstream, args, policy }: GatewayCall) => {
  const { name, annotations, trusted } = upstream
  return {
    kind: 'tool',
    input: [name, args] as Json,
    inDoubt: policy.inDoubt ?? inDoubtOf(annotations, trusted),
    label: describeCall(name, args),
  } satisfies StepOptions
}

/** Returns where the call should be made again whose task is lost: nobody knows what it did. @throws Error where not */
async function settleDoubt(
  ctx: Context,
  call: GatewayCall,
  { time, most, why }: { readonly time: number; readonly most: number; readonly why: string },
): Promise<void> {
  const { name } = call.upstream
  const lost = `The task of ${name} is lost at its server (${why}); it is not known what it did.`
  const identity = identityOf(call)
  if (identity.inDoubt === 'repeat') {
    if (time >= most) throw new Error(`${lost} It was called ${time} times.`)
    return
  }
  // A first attempt that nobody knows the outcome of, so that it is treated like any other.
  const fail = ({ attempt }: { readonly attempt: number }) => {
    if (attempt === 1) throw new OutcomeUnknownError(lost)
  }
  await ctx.step(`lost-${time}`, fail, identity)
}
