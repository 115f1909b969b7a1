import type { Context } from '@longhaul/runtime'
import type { ModelTool } from '@longhaul/task'
import { type AgentPlan, keepPlan } from './agent-plan.ts'
import type { RemoteAgentTool } from './agent-tool.ts'
import type { Member } from './member.ts'
import { afterTurns, firstOf, outOfBudget, outOfTime, type StopRule } from './stop-rule.ts'

/** An agent that has the conversation. */
export interface Seat {
  /** The agent as it is now; absent when it has gone since. */
  readonly member: Member | undefined
  readonly plan: AgentPlan
  /** From 1; each hand-off is followed by the next. */
  readonly nth: number
  /** Turns that were taken before it had the conversation. */
  readonly before: number
  /** What its model is shown as tools: those of its plan; where it has none, those that the conversation speaks of. */
  readonly listed: readonly ModelTool[]
  /** Reads more of results that models were shown excerpts of; it is in `plan` and `listed`, too. */
  readonly reader?: RemoteAgentTool
  readonly stopRule: StopRule
  /** By `ctx.elapsed()`. */
  readonly endsAtMs: number | undefined
  readonly remainingMs: number | undefined
}

/**
 * An agent begins with a conversation, or goes on with that of another: with its own prompt, tools and limits. After
 * `maxHandOffs` it has to answer: two that hand a conversation to and fro would never end.
 */
export async function takeSeat(
  ctx: Context,
  { member, nth, before, listed }: Pick<Seat, 'member' | 'nth' | 'before' | 'listed'>,
  maxHandOffs: number,
): Promise<Seat> {
  const plan = await keepPlan(ctx, member && (nth > maxHandOffs ? withoutHandOffs(member) : member), nth)
  return {
    ...{ member, plan, nth, before },
    listed: plan.tools.length > 0 ? plan.tools : listed,
    stopRule: firstOf(afterTurns(plan.maxTurns), outOfTime, outOfBudget),
    endsAtMs: plan.timeoutMs === undefined ? undefined : ctx.elapsed() + plan.timeoutMs,
    remainingMs: plan.timeoutMs,
  }
}

const withoutHandOffs = (member: Member): Member => ({
  ...member,
  tools: member.tools.filter(({ kind }) => kind !== 'hand_off'),
})
