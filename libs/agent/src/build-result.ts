import { withoutModelMeta } from '@longhaul/models'
import {
  type ContentBlock,
  isToolUse,
  type MessageBlock,
  type ModelAnswer,
  type ToolResult,
  text,
  toolError,
  type Usage,
} from '@longhaul/task'
import type { AgentPlan } from './agent-plan.ts'
import type { Stop } from './stop-rule.ts'

/** `_meta` key of an agent's result: `turns`, `stop` (why it ended) and `usage` where models tell it. */
export const AGENT_META = 'dev.longhaul/agent'

export interface LoopEnd {
  readonly plan: AgentPlan
  /** One per turn. */
  readonly answers: readonly ModelAnswer[]
  /** The rule that made the last turn the last. */
  readonly stop: Stop | undefined
}

/**
 * The last turn as the result of the agent, without calls that it asked for. What was left undone is said in a text
 * after it; the result is an error when calls were, or when nothing was said although the model did not just end.
 */
export function buildResult({ plan, answers, stop }: LoopEnd): ToolResult {
  const last = answers.at(-1)
  const blocks = withoutModelMeta(last?.content ?? [])
  const said = blocks.filter(isSaid)
  const ignored = blocks.filter(isToolUse).map(({ name }) => name)
  const isCut = last?.stopReason === 'maxTokens'
  const isSilent = said.length === 0

  const notices = [
    ...(ignored.length > 0
      ? [`${whyNoCalls(plan, stop)} and still called ${ignored.join(', ')}: this was not done.`]
      : []),
    ...(isCut ? [`The answer was cut off at its limit of ${plan.maxTokens} tokens (maxTokens).`] : []),
    ...(isSilent ? [`The agent ended without an answer${describeStop(last?.stopReason)}.`] : []),
  ]
  const endedItself = last?.stopReason === undefined || ['endTurn', 'stopSequence'].includes(last.stopReason)
  const isError = ignored.length > 0 || (isSilent && !endedItself)
  return {
    content: [...said, ...notices.map((notice) => text(`[${notice}]`))],
    ...(isError && { isError }),
    ...meta(answers, stop ?? last?.stopReason ?? 'endTurn'),
  }
}

/** The result of an agent whose model could not take a turn. */
export const buildFailure = (answers: readonly ModelAnswer[], turn: number, reason: string): ToolResult => ({
  ...toolError(`The model failed in turn ${turn}: ${reason}`),
  ...meta(answers, 'modelError'),
})

const isSaid = (block: MessageBlock): block is ContentBlock =>
  block.type !== 'tool_use' && block.type !== 'tool_result' && !(block.type === 'text' && `${block.text}`.trim() === '')

function whyNoCalls({ maxTurns, timeoutMs }: AgentPlan, stop: Stop | undefined): string {
  switch (stop) {
    case 'maxTurns':
      return `The agent was at the last of its turns (maxTurns: ${maxTurns})`
    case 'timeout':
      return `The agent's time was over (timeout: ${timeoutMs} ms)`
    case undefined:
      return 'The agent has no tools'
  }
}

const describeStop = (stopReason: string | undefined): string =>
  stopReason === undefined || stopReason === 'endTurn' ? '' : ` (${stopReason})`

function meta(answers: readonly ModelAnswer[], stop: string): Pick<ToolResult, '_meta'> {
  const usage = sumUsage(answers.flatMap((answer) => answer.usage ?? []))
  return { _meta: { [AGENT_META]: { turns: answers.length, stop, ...(usage && { usage }) } } }
}

function sumUsage(usages: readonly Usage[]): { inputTokens: number; outputTokens: number } | undefined {
  if (usages.length === 0) return undefined
  const sum = (member: keyof Usage) => usages.reduce((total, usage) => total + (usage[member] ?? 0), 0)
  return { inputTokens: sum('inputTokens'), outputTokens: sum('outputTokens') }
}
