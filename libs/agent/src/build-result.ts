import { withoutModelMeta } from '@longhaul/models'
import { type BudgetLimit, describeLimit } from '@longhaul/runtime'
import {
  type ContentBlock,
  isBlank,
  isToolUse,
  type MessageBlock,
  type ModelAnswer,
  sumSpending,
  type ToolResult,
  text,
  toolError,
} from '@longhaul/task'
import type { AgentPlan } from './agent-plan.ts'
import type { Stop } from './stop-rule.ts'

/**
 * `_meta` key of an agent's result: `turns`, `stop` (why it ended), `limit` where a budget was used up, and, where they are known, `usage` and `costUsd`, as
 * `sumSpending` has them.
 */
export const AGENT_META = 'dev.longhaul/agent'

export interface LoopEnd {
  readonly plan: AgentPlan
  readonly memory: Spent
  /** The rule that made the last turn the last. */
  readonly stop: Stop | undefined
  /** Whether people have sent something that no turn could take any more. */
  readonly isUnheard?: boolean
  /** Of a budget, which that rule is about. */
  readonly limit?: BudgetLimit | undefined
}

/** What models said that counts: in turns of the loop, and as summaries of it. */
type Spent = { readonly [Part in 'answers' | 'summaries']: readonly ModelAnswer[] }

/**
 * The last turn as the result of the agent, without calls that it asked for. What was left undone is said in a text
 * after it; the result is an error when calls were, when the model refused, or when nothing was said although it did not
 * just end.
 */
export function buildResult({ plan, memory, stop, limit, isUnheard = false }: LoopEnd): ToolResult {
  const { answers } = memory
  const last = answers.at(-1)
  const blocks = withoutModelMeta(last?.content ?? [])
  const said = blocks.filter(isSaid)
  const ignored = blocks.filter(isToolUse).map(({ name }) => name)
  const isCut = last?.stopReason === 'maxTokens'
  const isSilent = said.length === 0
  const isRefused = last?.stopReason === 'refusal'

  const notices = [
    ...(isRefused ? [`The model refused to go on (${last?.refusal ?? 'refusal'}).`] : []),
    ...(ignored.length > 0 && !isRefused
      ? [`${whyNoCalls(plan, stop)} and still called ${ignored.join(', ')}: this was not done.`]
      : []),
    ...(limit ? [`${describeLimit(limit)} Not all was done.`] : []),
    ...(isCut ? [`The answer was cut off at its limit of ${plan.maxTokens} tokens (maxTokens).`] : []),
    ...unheard(isUnheard),
    ...(isSilent && !isRefused ? [`The agent ended without an answer${describeStop(last?.stopReason)}.`] : []),
  ]
  const endedItself = last?.stopReason === undefined || ['endTurn', 'stopSequence'].includes(last.stopReason)
  const isError = ignored.length > 0 || isRefused || (isSilent && !endedItself)
  return {
    content: [...said, ...notices.map(toNotice)],
    ...(isError && { isError }),
    ...meta(memory, stop ?? last?.stopReason ?? 'endTurn', limit),
  }
}

/** What an agent has whose budget has no room for a further turn: the last that it said, and why there is no more. */
export function buildUnfinished(memory: Spent, limit: BudgetLimit, isUnheard: boolean): ToolResult {
  const turns = memory.answers.map(({ content }) => withoutModelMeta(content).filter(isSaid))
  const said = turns.findLast((blocks) => blocks.length > 0) ?? []
  const notices = [`The agent ended before it was done. ${describeLimit(limit)}`, ...unheard(isUnheard)]
  return { content: [...said, ...notices.map(toNotice)], ...meta(memory, 'budget', limit) }
}

/** The result of an agent whose model could not take a turn. */
export function buildFailure(
  memory: Spent,
  { turn, reason, isUnheard }: { readonly turn: number; readonly reason: string; readonly isUnheard: boolean },
): ToolResult {
  const { content, ...error } = toolError(`The model failed in turn ${turn}: ${reason}`)
  return { content: [...content, ...unheard(isUnheard).map(toNotice)], ...error, ...meta(memory, 'modelError') }
}

/** Whether a turn says nothing and asks for nothing. */
export const isEmpty = ({ content }: ModelAnswer): boolean =>
  content.every((block) => block.type !== 'tool_use' && !isSaid(block))

const isSaid = (block: MessageBlock): block is ContentBlock =>
  block.type !== 'tool_use' && block.type !== 'tool_result' && !isBlank(block)

const toNotice = (notice: string) => text(`[${notice}]`)

const unheard = (isUnheard: boolean): readonly string[] =>
  isUnheard ? ['A message that was sent to the agent was not heard any more.'] : []

function whyNoCalls({ maxTurns, timeoutMs }: AgentPlan, stop: Stop | undefined): string {
  switch (stop) {
    case 'maxTurns':
      return `The agent was at the last of its turns (maxTurns: ${maxTurns})`
    case 'timeout':
      return `The agent's time was over (timeout: ${timeoutMs} ms)`
    case 'budget':
      return 'The budget of the agent was used up'
    case undefined:
      return 'The agent has no tools'
  }
}

const describeStop = (stopReason: string | undefined): string =>
  stopReason === undefined || stopReason === 'endTurn' ? '' : ` (${stopReason})`

function meta({ answers, summaries }: Spent, stop: string, limit?: BudgetLimit): Pick<ToolResult, '_meta'> {
  const ended = { turns: answers.length, stop, ...(limit && { limit: { ...limit } }) }
  return { _meta: { [AGENT_META]: { ...ended, ...sumSpending([...answers, ...summaries]) } } }
}
