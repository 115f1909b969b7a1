import { type BudgetLimit, budgetLimitOf, type Context, StepError } from '@longhaul/runtime'
import {
  type MessageBlock,
  type ModelAnswer,
  type ToolResult,
  type ToolResultBlock,
  type ToolResults,
  type ToolUse,
  toolError,
} from '@longhaul/task'
import type { AgentPlan } from './agent-plan.ts'
import { type AgentTool, nameOf } from './agent-tool.ts'
import type { Approval, Approvals } from './approvals.ts'
import { type CallFacts, type CheckedCall, checkToolCall, refusalOf } from './check-tool-call.ts'
import { executeToolCall } from './execute-tool-call.ts'
import type { LoopProgress } from './loop-progress.ts'

export interface TurnCalls {
  readonly plan: AgentPlan
  readonly tools: readonly AgentTool[]
  readonly turn: number
  readonly answer: ModelAnswer
  /** The calls in `answer`, in order. */
  readonly calls: readonly ToolUse[]
  readonly progress: LoopProgress
  readonly approvals: Approvals
}

export interface AnsweredCalls {
  /** What the model hears next, which refers to the steps. */
  readonly news: ToolResults
  /** The same as it will be shown. */
  readonly heard: readonly MessageBlock[]
  /** The agent that has the conversation from then on, where it was handed over. */
  readonly handedTo?: string
  /** Of a budget that has no room for some of the calls. */
  readonly limit?: BudgetLimit
}

/**
 * Answers every call of a turn, all at once: the steps `tN.1`, `tN.2`, … Calls that cannot be made are answered with
 * why not, and so are those that fail, so that the model can do something about it.
 */
export async function answerToolCalls(
  ctx: Context,
  { plan, tools, turn, answer, calls, progress, approvals }: TurnCalls,
): Promise<AnsweredCalls> {
  const handOff = calls.find(({ name }) => plan.handOffs?.[name] !== undefined)
  let handedTo: string | undefined
  let limit: BudgetLimit | undefined
  const running = calls.map(({ name }) => name)
  const tell = () => progress.advance(`turn ${turn}: ${running.join(', ')}`)
  tell()

  const made: ToolResult[] = []
  const changed = await Promise.all(
    calls.map(async (call, place) => {
      const key = stepKey(turn, place)
      const facts = { plan, answer, isHandedOver: call !== handOff }
      const approval = await seekApproval(approvals, { key, call, facts })
      const approved = approval.kind === 'approved' ? { ...call, input: approval.args } : call
      const tool = tools.find((candidate) => nameOf(candidate) === call.name)
      const checked: CheckedCall =
        approval.kind === 'denied' ? { kind: 'refused', reason: approval.reason } : checkToolCall(approved, facts, tool)
      const isAgent = plan.agents?.includes(call.name) === true
      try {
        const result = await executeToolCall(ctx, { key, call: approved, checked, isAgent, progress, turn })
        made[place] = result
        if (call === handOff && !result.isError) handedTo = plan.handOffs?.[call.name]
      } catch (error) {
        // The failure is in the journal, and the conversation shows it to the model from there.
        if (!(error instanceof StepError)) throw error
        made[place] = toolError(error.message)
        limit ??= budgetLimitOf(error)
      }
      running.splice(running.indexOf(call.name), 1)
      if (running.length > 0) tell()
      return approval.kind === 'approved' && approval.isEdited ? approval.args : undefined
    }),
  )
  const results = calls.map(({ id }, place) => {
    const changedTo = changed[place]
    return { step: stepKey(turn, place), toolUseId: id, ...(changedTo && { changedTo }) }
  })
  const heard = calls.map(({ id }, place) => toBlock(id, made[place]))
  return { news: { results }, heard, ...(handedTo !== undefined && { handedTo }), ...(limit && { limit }) }
}

interface Asking {
  readonly key: string
  readonly call: ToolUse
  readonly facts: CallFacts
}

/**
 * By the plan alone, not by the tools as they are now: whoever goes on with the task comes to the same questions. Nobody is
 * asked about a call that is not made anyway.
 */
async function seekApproval(approvals: Approvals, { key, call, facts }: Asking): Promise<Approval> {
  const { plan, answer } = facts
  const tool = plan.tools.find(({ name }) => name === call.name)
  if (!tool || refusalOf(call, facts, tool.inputSchema) !== undefined)
    return { kind: 'approved', args: call.input, isEdited: false }
  return approvals.seek({ key, plan, tool, args: call.input, answer })
}

const toBlock = (toolUseId: string, result: ToolResult = { content: [] }): ToolResultBlock => ({
  type: 'tool_result',
  toolUseId,
  ...result,
})

/** A position: ids that models make up may come twice. */
const stepKey = (turn: number, place: number): string => `t${turn}.${place + 1}`
