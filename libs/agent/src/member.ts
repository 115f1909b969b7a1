import type { OnCodeChange, ResultLimits } from '@longhaul/task'
import type { AgentDefinition, AskFor, OnApprovalTimeout } from './agent-definition.ts'
import type { AgentTool } from './agent-tool.ts'

/** What holds where an agent's file says nothing; the settings of these names. */
export interface ApprovalDefaults {
  readonly approval: AskFor
  readonly approvalTimeoutMs: number
  readonly onApprovalTimeout: OnApprovalTimeout
}

/** An agent with the tools that its globs select. */
export interface Member {
  readonly agent: AgentDefinition
  readonly tools: readonly AgentTool[]
  /** What holds for approvals where its file says nothing. */
  readonly defaults: ApprovalDefaults
  /** What is done about tools that have changed, where these do not say. */
  readonly onCodeChange: OnCodeChange
  /** Tokens of the window of its model, where it is known. */
  readonly window?: number
  /** What its model is shown of the result of a tool at most; all where absent. */
  readonly shown?: ResultLimits
}
