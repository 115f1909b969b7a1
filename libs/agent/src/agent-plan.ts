import { type Context, NonRetryableError } from '@longhaul/runtime'
import type { ModelTool, ResultLimits } from '@longhaul/task'
import type { ContextPolicy } from './agent-definition.ts'
import { type AgentTool, nameOf, toModelTool } from './agent-tool.ts'
import type { Member } from './member.ts'
import { type ApprovalPlan, planApprovals } from './plan-approvals.ts'

/** What the agent was when its task began. */
export interface AgentPlan {
  readonly systemPrompt: string
  readonly tools: readonly ModelTool[]
  readonly maxTurns: number
  readonly maxTokens: number
  readonly timeoutMs?: number
  /** With the window as it was known then; absent in a task that began when there was no such thing. */
  readonly context?: ContextPolicy
  /** Absent where results are shown as they are. */
  readonly shown?: ResultLimits
  /** Names of those tools whose calls are tasks: agents, workflows, and tools elsewhere that are durable ones. */
  readonly agents?: readonly string[]
  /** Versions of those tools that have one, by name. */
  readonly versions?: { readonly [tool: string]: string }
  /** Names of those tools that hand the conversation over, and to whom. */
  readonly handOffs?: { readonly [name: string]: string }
  /** Absent where no call needs an approval. */
  readonly approvals?: ApprovalPlan
}

/** To whom a tool of this name hands the conversation over, if it does that. A model may write any name. */
export const successorOf = ({ handOffs = {} }: AgentPlan, name: string): string | undefined =>
  Object.hasOwn(handOffs, name) ? handOffs[name] : undefined

/** Key of the step that keeps the plan of the agent that has the conversation as the `nth` one, from 1. */
const planStep = (nth: number): string => (nth === 1 ? 'plan' : `plan.${nth}`)

/**
 * The plan of this task, kept in its journal: an agent whose file is edited, or an upstream server whose tools change,
 * must not change a conversation that is under way. What else its file says is as it was pinned for the task.
 */
export function keepPlan(ctx: Context, member: Member | undefined, nth: number): Promise<AgentPlan> {
  return ctx.step<AgentPlan>(planStep(nth), () => {
    if (!member)
      throw new NonRetryableError('The agent that the conversation was handed over to is not there any more.')
    return toPlan(member)
  })
}

const isCalledAsTask = (tool: AgentTool): boolean =>
  tool.kind === 'agent' || tool.kind === 'workflow' || (tool.kind === 'remote' && tool.isTask === true)

function toPlan(member: Member): AgentPlan {
  const { agent, tools, window, shown } = member
  const { systemPrompt, maxTurns, maxTokens, timeoutMs, context } = agent
  const agents = tools.filter(isCalledAsTask).map(nameOf)
  const handOffs = tools.filter((tool) => tool.kind === 'hand_off')
  const versions = tools.flatMap((tool) =>
    tool.kind === 'durable' && tool.tool.version !== undefined ? [[tool.tool.name, tool.tool.version] as const] : [],
  )
  const approvals = planApprovals(member)
  return {
    systemPrompt,
    tools: tools.map(toModelTool),
    maxTurns,
    maxTokens,
    context: { ...(window !== undefined && { window }), ...context },
    ...(shown && { shown }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(agents.length > 0 && { agents }),
    ...(versions.length > 0 && { versions: Object.fromEntries(versions) }),
    ...(handOffs.length > 0 && { handOffs: Object.fromEntries(handOffs.map(({ name, to }) => [name, to])) }),
    ...(approvals && { approvals }),
  }
}
