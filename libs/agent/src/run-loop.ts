import type { BudgetLimit, Context } from '@longhaul/runtime'
import { isToolUse, type Message, type ToolResult, type ToolResults, text } from '@longhaul/task'
import type { AgentTool } from './agent-tool.ts'
import { answerEmptyTurn } from './answer-empty-turn.ts'
import { answerToolCalls } from './answer-tool-calls.ts'
import { Approvals } from './approvals.ts'
import { buildFailure, buildResult, buildUnfinished } from './build-result.ts'
import { estimateTokens } from './estimate-tokens.ts'
import { LoopMemory } from './loop-memory.ts'
import { LoopProgress } from './loop-progress.ts'
import type { Member } from './member.ts'
import { withReader } from './read-result.ts'
import { takeSeat } from './take-seat.ts'
import { takeTurn } from './take-turn.ts'
import { ToolChanges } from './tool-changes.ts'

export interface LoopParts {
  /** Who begins. */
  readonly first: Member
  /** An agent of the project as it is now, to hand the conversation over to. */
  readonly findMember: (name: string) => Member | undefined
  readonly maxHandOffs: number
  readonly prompt: string
}

/**
 * The model and the tools take turns until the model asks for no tool any more, or a rule stops them.
 *
 * Every effect is a step of the journal, under a key that is its position: `m2` the second turn of the model, `t2.1`
 * the first call that it asked for. Run again over its journal, the loop comes to the same steps in the same order.
 */
export async function runLoop(
  ctx: Context,
  { first, findMember, maxHandOffs, prompt }: LoopParts,
): Promise<ToolResult> {
  let seat = await takeSeat(ctx, { member: first, nth: 1, before: 0, listed: [] }, maxHandOffs)
  const progress = new LoopProgress(ctx)
  const approvals = new Approvals(ctx)
  const changes = new ToolChanges(ctx)
  const memory = new LoopMemory()
  let limit: BudgetLimit | undefined
  const job: Message = { role: 'user', content: [text(prompt)] }
  let news: readonly (Message | ToolResults)[] = [job]
  memory.size.take(seat)
  memory.size.hear(estimateTokens(job.content))

  for (let turn = 1; ; turn++) {
    const { member, plan, nth, reader } = seat
    const stop = seat.stopRule({
      turn: turn - seat.before,
      remainingMs: seat.remainingMs,
      isAtLimit: limit !== undefined,
    })
    progress.advance(`turn ${turn}`)
    const taken = await takeTurn(ctx, { seat, memory, turn, news, isLast: stop !== undefined })
    if (taken.kind === 'unaffordable') return buildUnfinished(memory, taken.limit, ctx.steered())
    if (taken.kind === 'failed') return buildFailure(memory, { turn, reason: taken.message, isUnheard: ctx.steered() })

    const { answer } = taken
    const calls = answer.content.filter(isToolUse)
    const nudge = stop === undefined ? answerEmptyTurn(memory.answers) : undefined
    const isOver = calls.length === 0 || plan.tools.length === 0 || answer.stopReason === 'refusal'
    const isLast = stop !== undefined || (isOver && !nudge)
    // What people have sent meanwhile is heard first; calls without results could not be followed by it.
    const goesOn = calls.length === 0 && ctx.steered()
    if (isLast && !goesOn) return buildResult({ plan, memory, stop, limit, isUnheard: ctx.steered() })
    const onChange = (tool: AgentTool) => changes.seek(plan, tool, member?.onCodeChange ?? 'continue')
    const tools = [...(member?.tools ?? []), ...(reader ? [reader] : [])]
    const parts = { plan, tools, turn, answer, calls, progress, approvals, onChange, memory, reader }
    const answered =
      isLast || nudge
        ? { news: nudge, heard: nudge?.content ?? [], handedTo: undefined, limit }
        : await answerToolCalls(ctx, parts)
    news = answered.news ? [answered.news] : []
    limit = answered.limit
    memory.size.hear(estimateTokens(answered.heard))
    if (answered.handedTo !== undefined) {
      const next = findMember(answered.handedTo)
      seat = await takeSeat(ctx, { member: next, nth: nth + 1, before: turn, listed: seat.listed }, maxHandOffs)
    } else if (seat.endsAtMs !== undefined) {
      seat = { ...seat, remainingMs: seat.endsAtMs - ctx.elapsed() }
    }
    seat = withReader(seat, memory.excerpts)
    memory.size.take(seat)
  }
}
