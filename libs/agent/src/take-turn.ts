import { type BudgetLimit, budgetLimitOf, type Context, StepError } from '@longhaul/runtime'
import type { Message, ModelAnswer, ToolResults } from '@longhaul/task'
import { compactConversation, limitOf } from './compact-conversation.ts'
import type { LoopMemory } from './loop-memory.ts'
import type { Seat } from './take-seat.ts'

/** Time that the caller's model has for a turn at least, so that it can still wrap up when the agent's is over. */
const LEAST_ANSWER_MS = 60_000

export interface Turn {
  /** Who takes it. */
  readonly seat: Seat
  readonly memory: LoopMemory
  /** From 1. */
  readonly turn: number
  /** What the model has not heard yet, beside what people have sent to the task. */
  readonly news: readonly (Message | ToolResults)[]
  /** The model must not call tools any more; they stay listed, since the conversation speaks of them. */
  readonly isLast: boolean
}

export type Taken =
  | { readonly kind: 'taken'; readonly answer: ModelAnswer }
  | { readonly kind: 'failed'; readonly message: string }
  /** A budget has no room for it. */
  | { readonly kind: 'unaffordable'; readonly limit: BudgetLimit }

/**
 * One turn of the model: the step `mN`, which continues the one before. Where the conversation nears the window of the
 * model the oldest turns are left out first, by the agent's policy. Where the model says that it is too long, that is
 * done once, and the turn is taken again: the step `mN.2`.
 */
export async function takeTurn(ctx: Context, given: Turn): Promise<Taken> {
  const { seat, memory, turn } = given
  const { plan } = seat
  const compact = (why: 'near' | 'tooLong', before?: string) =>
    compactConversation(ctx, { plan, memory, turn, why, asking: toAsking(seat), before })
  const near = memory.size.tokens > limitOf(plan) ? await compact('near') : undefined
  const first = await ask(ctx, given, { key: `m${turn}`, compaction: near })
  if (first.kind !== 'tooLong') return first
  if (!plan.context || plan.context.policy === 'fail') return { kind: 'failed', message: first.message }
  const compaction = await compact('tooLong', near)
  if (!compaction)
    return { kind: 'failed', message: `${first.message} There are no earlier turns that could be left out.` }
  const second = await ask(ctx, given, { key: `m${turn}.2`, compaction })
  if (second.kind !== 'tooLong') return second
  return { kind: 'failed', message: `${second.message} It is too long even without its earlier turns.` }
}

async function ask(
  ctx: Context,
  { seat, memory, news, isLast }: Turn,
  { key, compaction }: { readonly key: string; readonly compaction: string | undefined },
): Promise<Taken | { readonly kind: 'tooLong'; readonly message: string }> {
  const { plan, listed: tools } = seat
  const mayCall = !isLast && plan.tools.length > 0
  try {
    const answer = await ctx.sample({
      ...toAsking(seat),
      key,
      ...(memory.last !== undefined && { after: memory.last }),
      ...(compaction !== undefined && { compaction }),
      messages: news,
      steerable: true,
      systemPrompt: plan.systemPrompt,
      ...(tools.length > 0 && { tools }),
      ...(tools.length > 0 && !mayCall && { toolChoice: { mode: 'none' as const } }),
    })
    memory.add(key, answer)
    return { kind: 'taken', answer }
  } catch (error) {
    if (!(error instanceof StepError)) throw error
    const limit = budgetLimitOf(error)
    if (limit) return { kind: 'unaffordable', limit }
    return { kind: error.isTooLong ? 'tooLong' : 'failed', message: error.message }
  }
}

function toAsking({ plan: { maxTokens }, member, remainingMs }: Seat) {
  const model = member?.agent.model
  return {
    maxTokens,
    ...(remainingMs !== undefined && { deadlineMs: Math.max(remainingMs, LEAST_ANSWER_MS) }),
    ...(model !== undefined && { model }),
  }
}
