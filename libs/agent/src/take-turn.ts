import { type Context, StepError } from '@longhaul/runtime'
import type { Message, ModelAnswer, ToolResults } from '@longhaul/task'
import type { Seat } from './take-seat.ts'

/** Time that the caller's model has for a turn at least, so that it can still wrap up when the agent's is over. */
const LEAST_ANSWER_MS = 60_000

export interface Turn {
  /** Who takes it. */
  readonly seat: Seat
  /** From 1. */
  readonly turn: number
  /** What the model has not heard yet. */
  readonly news: Message | ToolResults
  /** The model must not call tools any more; they stay listed, since the conversation speaks of them. */
  readonly isLast: boolean
}

/** One turn of the model: the step `mN`, which continues the one before. */
export async function takeTurn(
  ctx: Context,
  { seat, turn, news, isLast }: Turn,
): Promise<
  { readonly kind: 'taken'; readonly answer: ModelAnswer } | { readonly kind: 'failed'; readonly message: string }
> {
  const { plan, listed: tools, remainingMs, member } = seat
  const { systemPrompt, maxTokens } = plan
  const model = member?.agent.model
  const mayCall = !isLast && plan.tools.length > 0
  try {
    const answer = await ctx.sample({
      key: `m${turn}`,
      ...(turn > 1 && { after: `m${turn - 1}` }),
      messages: [news],
      systemPrompt,
      maxTokens,
      ...(tools.length > 0 && { tools }),
      ...(tools.length > 0 && !mayCall && { toolChoice: { mode: 'none' as const } }),
      ...(remainingMs !== undefined && { deadlineMs: Math.max(remainingMs, LEAST_ANSWER_MS) }),
      ...(model !== undefined && { model }),
    })
    return { kind: 'taken', answer }
  } catch (error) {
    if (!(error instanceof StepError)) throw error
    return { kind: 'failed', message: error.message }
  }
}
