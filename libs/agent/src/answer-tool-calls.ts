import { type Context, StepError } from '@longhaul/runtime'
import type { ModelAnswer, ToolResults, ToolUse } from '@longhaul/task'
import type { AgentPlan } from './agent-plan.ts'
import { type AgentTool, nameOf } from './agent-tool.ts'
import { checkToolCall } from './check-tool-call.ts'
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
}

/**
 * Answers every call of a turn, all at once: the steps `tN.1`, `tN.2`, … Calls that cannot be made are answered with
 * why not, and so are those that fail, so that the model can do something about it.
 * @returns what the model hears next, which refers to the steps, and the agent that has the conversation from then on
 */
export async function answerToolCalls(
  ctx: Context,
  { plan, tools, turn, answer, calls, progress }: TurnCalls,
): Promise<{ readonly news: ToolResults; readonly handedTo?: string }> {
  const handOff = calls.find(({ name }) => plan.handOffs?.[name] !== undefined)
  let handedTo: string | undefined
  const running = calls.map(({ name }) => name)
  const tell = () => progress.advance(`turn ${turn}: ${running.join(', ')}`)
  tell()

  await Promise.all(
    calls.map(async (call, place) => {
      const tool = tools.find((candidate) => nameOf(candidate) === call.name)
      const checked = checkToolCall(call, { plan, tool, answer, handOff })
      const isAgent = plan.agents?.includes(call.name) === true
      try {
        const result = await executeToolCall(ctx, { key: stepKey(turn, place), call, checked, isAgent, progress, turn })
        if (call === handOff && !result.isError) handedTo = plan.handOffs?.[call.name]
      } catch (error) {
        // The failure is in the journal, and the conversation shows it to the model from there.
        if (!(error instanceof StepError)) throw error
      }
      running.splice(running.indexOf(call.name), 1)
      if (running.length > 0) tell()
    }),
  )
  const news = { results: calls.map(({ id }, place) => ({ step: stepKey(turn, place), toolUseId: id })) }
  return { news, ...(handedTo !== undefined && { handedTo }) }
}

/** A position: ids that models make up may come twice. */
const stepKey = (turn: number, place: number): string => `t${turn}.${place + 1}`
