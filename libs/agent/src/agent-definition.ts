import type { Budget } from '@longhaul/task'
import type { ArgumentPatterns } from './match-arguments.ts'

/** Turns that an agent may take where its file says nothing. */
export const DEFAULT_MAX_TURNS = 25
/** Tokens that one answer of its model may have where its file says nothing; thinking counts as well. */
export const DEFAULT_MAX_TOKENS = 8192

/** A glob over names of tools or agents; one that begins with `!` takes out what it matches. */
export interface ToolGlob {
  readonly pattern: string
  /** Where the agent's file has it, from 1. */
  readonly line: number
}

/** Which calls a person is asked about: all, those that may destroy something, or none. */
export type AskFor = 'always' | 'destructive' | 'never'

/** What becomes of a call that nobody has decided on: the model is told so, or the task fails. */
export type OnApprovalTimeout = 'deny' | 'fail'

/** Of the rules that speak of a call the first counts. */
export interface ApprovalRule {
  /** Globs over names of tools; any tool where absent. */
  readonly tools?: readonly string[]
  /** Calls whose arguments fit. */
  readonly with?: ArgumentPatterns
  readonly ask: AskFor
  /** Where the agent's file has it, from 1. */
  readonly line: number
}

/** What becomes of a conversation that nears the window of its model. */
export interface ContextPolicy {
  /** `fail`: nothing, until the model does not take it any more. */
  readonly policy: 'trim' | 'summarise' | 'fail'
  /** Part of the window that it may take before something is done. */
  readonly threshold: number
  /** Of the latest turns so many stay as they are, at most; the last one always does. */
  readonly keepTurns: number
  /** Tokens of the window; what is known of the model when absent. */
  readonly window?: number
}

export const DEFAULT_CONTEXT: ContextPolicy = { policy: 'summarise', threshold: 0.8, keepTurns: 4 }

/** What a file `agents/NAME.md` says. */
export interface AgentDefinition {
  /** The file's name without `.md`; the name of the tool that the agent is. */
  readonly name: string
  /** Path from the project's folder. */
  readonly file: string
  readonly title?: string
  /** For whoever chooses the tool. */
  readonly description: string
  /** The file's body. */
  readonly systemPrompt: string
  /**
   * `caller`, `provider/model`, `scripted:<file>` or `auto`; absent is `auto`. Of a list, each is there for when those
   * before it give no answer.
   */
  readonly model?: string | readonly string[]
  /** Which tools of the project it may call; none where the list is empty. */
  readonly tools: readonly ToolGlob[]
  /** Which agents of the project it may call, as tasks of their own. */
  readonly agents: readonly ToolGlob[]
  /** Which agents of the project it may hand its conversation over to. */
  readonly handOffs: readonly ToolGlob[]
  /** Which calls need somebody's approval; what no rule speaks of follows the setting `approval`. */
  readonly approval: readonly ApprovalRule[]
  /** Time for which an approval is waited for; the setting `approvalTimeoutMs` when absent. */
  readonly approvalTimeoutMs?: number
  /** The setting of that name when absent. */
  readonly onApprovalTimeout?: OnApprovalTimeout
  readonly maxTurns: number
  /** Most tokens of one answer of the model. */
  readonly maxTokens: number
  readonly context: ContextPolicy
  /** Time for the whole task, waiting for people not counted; without it only `maxTurns` and the limits of each step hold. */
  readonly timeoutMs?: number
  /** What a task of it may spend, those below it included, and where the file says so, from 1. */
  readonly budget?: { readonly limits: Budget; readonly line: number }
  /** Task queue whose workers run it. */
  readonly queue?: string
}
