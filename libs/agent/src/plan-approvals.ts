import { isDestructive, type JsonObject, type Problem, SETTINGS, type ToolAnnotations } from '@longhaul/task'
import type { AgentDefinition, ApprovalRule, AskFor, OnApprovalTimeout } from './agent-definition.ts'
import { type AgentTool, nameOf } from './agent-tool.ts'
import { ASK_USER } from './ask-user.ts'
import { isSelected, toMatcher } from './glob.ts'
import { type ArgumentPatterns, fitsArguments } from './match-arguments.ts'
import type { ApprovalDefaults, Member } from './member.ts'

export const DEFAULT_APPROVALS: ApprovalDefaults = {
  approval: SETTINGS.approval.default,
  approvalTimeoutMs: SETTINGS.approvalTimeoutMs.default,
  onApprovalTimeout: SETTINGS.onApprovalTimeout.default,
}

/** Calls of a tool that somebody is asked about, or nobody. Of those that a call fits the first counts. */
interface ApprovalCase {
  /** How their arguments look; absent where all do. */
  readonly with?: ArgumentPatterns
  /** Why somebody is asked; absent where nobody is. */
  readonly why?: string
}

/** Which calls need an approval, and how it is waited for. */
export interface ApprovalPlan {
  /** Name of the agent that asks. */
  readonly agent: string
  /** By name of a tool; whose calls need none is not there. */
  readonly tools: Readonly<Record<string, readonly ApprovalCase[]>>
  readonly timeoutMs: number
  readonly onTimeout: OnApprovalTimeout
}

/** @returns undefined where nothing needs an approval */
export function planApprovals({ agent, tools, defaults }: Member): ApprovalPlan | undefined {
  const planned = tools.flatMap((tool) => {
    const cases = casesOf(tool, agent, defaults.approval)
    return cases.some(({ why }) => why !== undefined) ? [[nameOf(tool), cases] as const] : []
  })
  if (planned.length === 0) return undefined
  return {
    agent: agent.name,
    tools: Object.fromEntries(planned),
    timeoutMs: agent.approvalTimeoutMs ?? defaults.approvalTimeoutMs,
    onTimeout: agent.onApprovalTimeout ?? defaults.onApprovalTimeout,
  }
}

/** Why a call of the tool needs an approval; undefined where it needs none. */
export function whyApproval({ tools }: ApprovalPlan, tool: string, args: JsonObject): string | undefined {
  const cases = Object.hasOwn(tools, tool) ? tools[tool] : undefined
  return cases?.find((one) => !one.with || fitsArguments(args, one.with))?.why
}

/** A warning for each rule that speaks of no tool of the agent. */
export function findIdleRules({ agent, tools }: Pick<Member, 'agent' | 'tools'>): readonly Problem[] {
  const names = tools.map(nameOf)
  return agent.approval
    .filter((rule) => rule.tools && !names.some((name) => speaksOf(rule, name)))
    .map(({ line }) => ({
      file: agent.file,
      line,
      message: "This rule of 'approval' speaks of none of the agent's tools.",
      severity: 'warning',
    }))
}

function casesOf(tool: AgentTool, { file, approval }: AgentDefinition, otherwise: AskFor): readonly ApprovalCase[] {
  // A question about a question would be one too many.
  if (tool.kind === 'durable' && tool.tool === ASK_USER) return []
  const rules = approval.filter((rule) => speaksOf(rule, nameOf(tool)))
  const all: readonly (Omit<ApprovalRule, 'line'> & { readonly said: string })[] = [
    ...rules.map((rule) => ({ ...rule, said: `${file}, line ${rule.line}, wants all such calls approved.` })),
    { ask: otherwise, said: 'LONGHAUL_APPROVAL wants all calls approved.' },
  ]
  const last = all.findIndex((rule) => !rule.with)
  return all.slice(0, last + 1).map((rule) => {
    const why = rule.ask === 'always' ? rule.said : rule.ask === 'destructive' ? whyDestructive(tool) : undefined
    return { ...(rule.with && { with: rule.with }), ...(why !== undefined && { why }) }
  })
}

const speaksOf = ({ tools }: ApprovalRule, name: string): boolean =>
  tools === undefined || isSelected(name, tools.map(toMatcher))

/** What another agent does is asked about where it does it; steps of a workflow ask only where its file says so. */
function whyDestructive(tool: AgentTool): string | undefined {
  if (tool.kind === 'agent' || tool.kind === 'hand_off') return undefined
  if (tool.kind === 'workflow') return 'Nobody says that the workflow destroys nothing.'
  const annotations: ToolAnnotations | undefined = tool.kind === 'durable' ? tool.tool.annotations : tool.annotations
  if (!isDestructive(annotations)) return undefined
  return annotations?.destructiveHint === true
    ? 'The tool says of itself that it may destroy something.'
    : 'Nobody who is trusted says that the tool destroys nothing.'
}
