import type { Tool } from '@longhaul/runtime'
import type {
  InDoubt,
  JsonObject,
  JsonSchema,
  ModelTool,
  Progress,
  ToolAnnotations,
  ToolResult,
  TraceContext,
} from '@longhaul/task'

/** A TypeScript tool of the project; it runs inside the agent's task, its steps journaled one by one. */
export interface DurableAgentTool {
  readonly kind: 'durable'
  readonly tool: Tool
}

/** A tool elsewhere, such as on an upstream MCP server. A call of it is one step, or a task of its own. */
export interface RemoteAgentTool {
  readonly kind: 'remote'
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly inputSchema: JsonSchema
  /** Absent where whoever says them is not trusted. */
  readonly annotations?: ToolAnnotations
  /** It is a durable tool, too, and called as one. */
  readonly isTask?: boolean
  /** What becomes of a call whose outcome nobody knows. */
  readonly inDoubt: InDoubt
  call(
    args: JsonObject,
    options: {
      readonly signal: AbortSignal
      /** The same for every attempt of the call. */
      readonly idempotencyKey: string
      readonly onProgress?: (progress: Progress) => void
      /** The trace that the call belongs to. */
      readonly trace: TraceContext
    },
  ): Promise<ToolResult>
}

/** Another agent of the project. A call of it is a task of its own. */
export interface CalledAgent {
  readonly kind: 'agent'
  readonly name: string
  readonly title?: string
  readonly description: string
  readonly inputSchema: JsonSchema
}

/** A workflow of the project. A call of it is a task of its own. */
interface CalledWorkflow {
  readonly kind: 'workflow'
  readonly name: string
  readonly title?: string
  readonly description: string
  readonly inputSchema: JsonSchema
}

/** Lets another agent of the project take over the conversation. */
export interface HandOff {
  readonly kind: 'hand_off'
  readonly name: string
  readonly title?: string
  readonly description: string
  readonly inputSchema: JsonSchema
  /** Name of the agent. */
  readonly to: string
}

/** A tool that an agent may be given. Names are unique among the tools of a project. */
export type AgentTool = DurableAgentTool | RemoteAgentTool | CalledAgent | CalledWorkflow | HandOff

export const nameOf = (tool: AgentTool): string => (tool.kind === 'durable' ? tool.tool.name : tool.name)

/** The tool as a model sees it. */
export function toModelTool(tool: AgentTool): ModelTool {
  const { name, title, description, inputSchema } = tool.kind === 'durable' ? tool.tool : tool
  return { name, ...(title && { title }), ...(description && { description }), inputSchema }
}
