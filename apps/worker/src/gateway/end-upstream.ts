import { type Context, RetryableError, type Undoing } from '@longhaul/runtime'
import { type ToolResult, text } from '@longhaul/task'
import type { Begun, UpstreamTask } from '@longhaul/upstream'
import { type GatewayCall, identityOf, roundKey } from './call-upstream.ts'

/** How often a server that is away is told that its task is not wanted any more. */
const ATTEMPTS = 20

/**
 * After the end of a task that was cancelled, or whose time is over: tells the server so, where the call had become a
 * task of it. A call that was only held open was stopped by its signal.
 */
export async function endUpstream(ctx: Context, call: GatewayCall, undoing: Undoing): Promise<ToolResult> {
  const { upstream } = call
  const task = await lastTask(ctx, call, undoing)
  if (!task) return { content: [text(`${upstream.server} has no task of this call.`)] }
  const cancel = async ({ signal }: { readonly signal: AbortSignal }) => {
    const reached = await upstream.cancel(task, signal)
    if (reached.kind === 'away') throw new RetryableError(`The server ${upstream.server} is away (${reached.why}).`)
    return reached.kind
  }
  const found = await ctx.step('cancel', cancel, { retry: { maxAttempts: ATTEMPTS } })
  const what = found === 'gone' ? 'does not know the task any more' : 'was told that its task is not wanted any more'
  return { content: [text(`${upstream.server} ${what}.`)] }
}

/** The task that the call had become when it was made last. */
async function lastTask(ctx: Context, call: GatewayCall, undoing: Undoing): Promise<UpstreamTask | undefined> {
  let last: UpstreamTask | undefined
  for (let time = 1; undoing.has(roundKey(time, 1)); time++) {
    for (let round = 1; undoing.has(roundKey(time, round)); round++) {
      const recorded = () => Promise.reject(new Error('It is on record.'))
      const begun = await ctx.step<Begun>(roundKey(time, round), recorded, identityOf(call)).catch(() => undefined)
      if (begun?.kind === 'task') last = begun.task
    }
  }
  return last
}
