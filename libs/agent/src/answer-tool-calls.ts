import { type BudgetLimit, budgetLimitOf, type Context, StepError } from '@longhaul/runtime'
import {
  type MessageBlock,
  type ModelAnswer,
  resultText,
  type ToolResult,
  type ToolResults,
  type ToolUse,
  toolError,
} from '@longhaul/task'
import { type AgentPlan, successorOf } from './agent-plan.ts'
import { type AgentTool, nameOf, type RemoteAgentTool } from './agent-tool.ts'
import type { Approval, Approvals } from './approvals.ts'
import { type CallFacts, type CheckedCall, checkToolCall, refusalOf } from './check-tool-call.ts'
import { executeToolCall } from './execute-tool-call.ts'
import type { LoopMemory } from './loop-memory.ts'
import type { LoopProgress } from './loop-progress.ts'
import { resultLimits, showResult } from './show-results.ts'
import { changeOf } from './tool-changes.ts'

export interface TurnCalls {
  readonly plan: AgentPlan
  readonly tools: readonly AgentTool[]
  readonly turn: number
  readonly answer: ModelAnswer
  /** The calls in `answer`, in order. */
  readonly calls: readonly ToolUse[]
  readonly progress: LoopProgress
  readonly approvals: Approvals
  /** Why a tool is not called that has changed since the conversation began; undefined where it is. */
  readonly onChange: (tool: AgentTool) => Promise<string | undefined>
  readonly memory: LoopMemory
  /** As in `Seat`; it is one of `tools`. */
  readonly reader: RemoteAgentTool | undefined
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
  { plan, tools, turn, answer, calls, progress, approvals, onChange, memory, reader }: TurnCalls,
): Promise<AnsweredCalls> {
  const handOff = calls.find(({ name }) => successorOf(plan, name) !== undefined)
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
      const fits: CheckedCall =
        approval.kind === 'denied' ? { kind: 'refused', reason: approval.reason } : checkToolCall(approved, facts, tool)
      const isTask = plan.agents?.includes(call.name) === true
      // A task of its own is made for the tool as it is now, and what is on record is not done again.
      const why = fits.kind === 'fit' && !isTask && !ctx.has(key) ? await onChange(fits.tool) : undefined
      const checked: CheckedCall = why === undefined ? fits : { kind: 'gone', reason: why }
      const isOtherCode = tool !== undefined && changeOf(plan, tool) !== undefined
      try {
        const result = await executeToolCall(ctx, { key, call: approved, checked, isTask, isOtherCode, progress, turn })
        made[place] = result
        if (call === handOff && !result.isError) handedTo = successorOf(plan, call.name)
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
  const limits = resultLimits(plan, calls.length)
  const answered = calls.map(({ id, name }, place) => {
    const step = stepKey(turn, place)
    const changedTo = changed[place]
    const whole = made[place] ?? { content: [] }
    // What somebody reads in a result is as short as it has to be.
    const { result, excerpt } = showResult(whole, {
      limits: name === reader?.name ? undefined : limits,
      taskId: ctx.taskId,
      step,
    })
    if (excerpt) memory.excerpts.set(step, resultText(whole))
    const reference = { step, toolUseId: id, ...(changedTo && { changedTo }), ...(excerpt && { excerpt }) }
    return { reference, block: { type: 'tool_result' as const, toolUseId: id, ...result } }
  })
  return {
    news: { results: answered.map(({ reference }) => reference) },
    heard: answered.map(({ block }) => block),
    ...(handedTo !== undefined && { handedTo }),
    ...(limit && { limit }),
  }
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
  const tool = plan.approvals && plan.tools.find(({ name }) => name === call.name)
  if (!tool || refusalOf(call, facts, tool.inputSchema) !== undefined)
    return { kind: 'approved', args: call.input, isEdited: false }
  return approvals.seek({ key, plan, tool, args: call.input, answer })
}

/** A position: ids that models make up may come twice. */
const stepKey = (turn: number, place: number): string => `t${turn}.${place + 1}`
