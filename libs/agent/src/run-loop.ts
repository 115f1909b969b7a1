import type { Context } from '@longhaul/runtime'
import { isToolUse, type Message, type ModelAnswer, type ToolResult, type ToolResults, text } from '@longhaul/task'
import type { AgentDefinition } from './agent-definition.ts'
import { keepPlan } from './agent-plan.ts'
import type { AgentTool } from './agent-tool.ts'
import { answerToolCalls } from './answer-tool-calls.ts'
import { buildFailure, buildResult } from './build-result.ts'
import { LoopProgress } from './loop-progress.ts'
import { afterTurns, firstOf, outOfTime } from './stop-rule.ts'
import { takeTurn } from './take-turn.ts'

export interface LoopParts {
  readonly agent: AgentDefinition
  /** The tools that the agent's globs select. */
  readonly tools: readonly AgentTool[]
  readonly prompt: string
}

/**
 * The model and the tools take turns until the model asks for no tool any more, or a rule stops them.
 *
 * Every effect is a step of the journal, under a key that is its position: `m2` the second turn of the model, `t2.1`
 * the first call that it asked for. Run again over its journal, the loop comes to the same steps in the same order.
 */
export async function runLoop(ctx: Context, { agent, tools, prompt }: LoopParts): Promise<ToolResult> {
  const plan = await keepPlan(ctx, agent, tools)
  const progress = new LoopProgress(ctx)
  const stopRule = firstOf(afterTurns(plan.maxTurns), outOfTime)
  const endsAtMs = plan.timeoutMs === undefined ? undefined : ctx.elapsed() + plan.timeoutMs
  let remainingMs = plan.timeoutMs
  const answers: ModelAnswer[] = []
  let news: Message | ToolResults = { role: 'user', content: [text(prompt)] }

  for (let turn = 1; ; turn++) {
    const stop = stopRule({ turn, remainingMs })
    progress.advance(`turn ${turn}`)
    const taken = await takeTurn(ctx, { plan, turn, news, isLast: stop !== undefined, remainingMs, model: agent.model })
    if (taken.kind === 'failed') return buildFailure(answers, turn, taken.message)

    const { answer } = taken
    answers.push(answer)
    const calls = answer.content.filter(isToolUse)
    if (calls.length === 0 || stop !== undefined || plan.tools.length === 0) return buildResult({ plan, answers, stop })
    news = await answerToolCalls(ctx, { plan, tools, turn, answer, calls, progress })
    if (endsAtMs !== undefined) remainingMs = endsAtMs - ctx.elapsed()
  }
}
