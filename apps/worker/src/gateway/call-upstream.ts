import { describeCall } from '@longhaul/agent'
import { type Context, OutcomeUnknownError, type StepHandle, type StepOptions } from '@longhaul/runtime'
import type { Json, JsonObject, Progress, ToolResult } from '@longhaul/task'
import { type BeginOptions, type Begun, inDoubtOf, type TaskPolicy, type UpstreamTool } from '@longhaul/upstream'
import { answerAll, refusalOf } from './answer-all.ts'
import { followTask } from './follow-task.ts'
import { LiveAsks } from './live-asks.ts'
import { failWithPages, passOnPages } from './pass-on-pages.ts'

export interface GatewayCall {
  readonly upstream: UpstreamTool
  readonly args: JsonObject
  readonly policy: TaskPolicy
}

/** How often a call is made whose task the server forgets each time, where no policy says. */
const CALLS = 3
/** Rounds of one call after which a server is taken for one that never has enough. */
const ROUNDS = 50

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
    const followed = await followTask(ctx, { upstream, task: begun.task, time })
    if (followed.kind === 'over') return followed.result
    await settleDoubt(ctx, call, { time, most, why: followed.why })
  }
}

/** Key of a round of the call that was made for the `time`th time, both from 1. */
export const roundKey = (time: number, round: number): string => (time + round === 2 ? 'call' : `call-${time}-${round}`)

type Made = Exclude<Begun, { kind: 'needs_pages' }>

/** The call, made again with the answers as often as the server asks something first. */
async function begin(ctx: Context, call: GatewayCall, time: number): Promise<Exclude<Made, { kind: 'asks' }>> {
  const { upstream, args, policy } = call
  // One call to whoever receives it, however often it is made.
  const { trace, idempotencyKey } = ctx
  const onProgress = ({ progress, total, message }: Progress) => ctx.progress(progress, total, message)
  const live = new LiveAsks(ctx, upstream)
  const options = {
    ...identityOf(call),
    ...(policy.retry && { retry: policy.retry }),
    // The connection has a limit of its own.
    timeoutMs: 0,
  }
  let round: BeginOptions['round']
  for (let number = 1; number <= ROUNDS; number++) {
    const given = { idempotencyKey, onProgress, trace, ...(round && { round }) }
    const onElicited = (elicitationId: string) => live.onElicited(elicitationId)
    const body = async ({ signal }: StepHandle): Promise<Made> => {
      const begun = await upstream.begin(args, { ...given, signal, onAsk: live.onAsk(), onElicited })
      return begun.kind === 'needs_pages' ? { kind: 'result', result: passOnPages(upstream, begun.pages) } : begun
    }
    const begun = await ctx.step<Made>(roundKey(time, number), body, options).catch(failWithPages)
    if (begun.kind !== 'asks') return begun
    // It only wants the call later.
    if (Object.keys(begun.asks).length === 0) await ctx.sleep(upstream.limits.pollMinMs)
    const replies = await answerAll(ctx, upstream, { asks: begun.asks, key: `ask-${time}-${number}` })
    const refusal = refusalOf(upstream, replies)
    if (refusal) return { kind: 'result', result: refusal }
    round = { replies, ...(begun.state !== undefined && { state: begun.state }) }
  }
  throw new Error(`${upstream.name} goes on asking after ${ROUNDS} rounds.`)
}

export const identityOf = ({ upstream, args, policy }: GatewayCall) => {
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
