import type {
  Icon,
  JsonObject,
  JsonSchema,
  Problem,
  Progress,
  Root,
  ToolAnnotations,
  ToolResult,
  TraceContext,
} from '@longhaul/task'
import type { AskPolicy } from './ask-policy.ts'
import type { BeginningCall } from './begin-call.ts'
import type { Reply } from './exchange.ts'
import type { Reached } from './reach-task.ts'
import type { ServerConfig } from './server-config.ts'
import { fullToolName } from './tool-name.ts'
import type { Asks, Begun, TaskLimits, TaskLook, UpstreamTask } from './upstream-task.ts'

export interface CallOptions {
  /** Cancels the call, also on the server. */
  readonly signal: AbortSignal
  /** Longest time of this call; otherwise the server's own limit holds, or the one given for all. */
  readonly timeoutMs?: number
  /** Sent along in `_meta` as `dev.longhaul/idempotencyKey`: the same key means the same effect. */
  readonly idempotencyKey?: string
  readonly onProgress?: (progress: Progress) => void
  /** Sent along in `_meta`, under the names that its members have. */
  readonly trace?: TraceContext
}

/** A tool of an upstream server. All but `name` is what the server says, unchanged. */
export interface ToolDefinition {
  /** `server__tool`, unique among all upstream tools (tool-name.ts). */
  readonly name: string
  /** The server's own name for it. */
  readonly toolName: string
  readonly server: string
  readonly title?: string
  readonly description?: string
  readonly inputSchema: JsonSchema
  readonly outputSchema?: JsonSchema
  readonly annotations?: ToolAnnotations
  readonly icons?: readonly Icon[]
  readonly _meta?: JsonObject
  /** Whether the annotations count (invariant 4). */
  readonly trusted: boolean
  /** Whether a server of 2025 runs it as a task of its own where it is asked to. */
  readonly taskSupport: 'forbidden' | 'optional' | 'required'
}

/** `round` and `onAsk`: where the caller can have answered what the server asks. */
export type BeginOptions = CallOptions & Pick<BeginningCall, 'round' | 'onAsk' | 'onElicited'>

export interface UpstreamTool extends ToolDefinition {
  readonly limits: TaskLimits
  /** What its server may ask, and the roots that it is told. */
  readonly asks: AskPolicy
  readonly roots: readonly Root[]
  /**
   * What the server has to say is the outcome, a failure as an `isError` result in words that a model can act on.
   * @throws CallError in such words when the call reached nobody, or nobody knows what it did; the signal's reason when
   *   it was not sent because of that.
   */
  call(args: JsonObject, options: CallOptions): Promise<ToolResult>
  /** The same, for a caller who can go on with a task of the server, and answer what it asks. @throws as `call` */
  begin(args: JsonObject, options: BeginOptions): Promise<Begun>
  /** How a task of the server stands that `begin` gave, in this process or another. @throws the signal's reason */
  look(task: UpstreamTask, signal: AbortSignal): Promise<TaskLook>
  /** Answers what the task asks, by its keys. @throws the signal's reason */
  answer(task: UpstreamTask, given: TaskAnswers): Promise<Reached<void>>
  /** Tells the server that nobody wants the task any more. @throws the signal's reason */
  cancel(task: UpstreamTask, signal: AbortSignal): Promise<Reached<void>>
}

export interface TaskAnswers {
  readonly asks: Asks
  readonly replies: Readonly<Record<string, Reply>>
  readonly signal: AbortSignal
}

/**
 * Turns what a server lists into definitions. What cannot be one is left out, with a warning.
 * `json` tells whether a tool is still the same after a new list.
 */
export function readTools(
  listed: readonly unknown[],
  server: ServerConfig,
): { readonly tools: readonly { definition: ToolDefinition; json: string }[]; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const tools = new Map<string, { definition: ToolDefinition; json: string }>()
  const leaveOut = (which: string, why: string) =>
    problems.push({ ...server.source, severity: 'warning', message: `the server "${server.name}": ${which} ${why}` })

  for (const [index, tool] of listed.entries()) {
    if (!isObject(tool) || typeof tool.name !== 'string' || tool.name === '') {
      leaveOut(`its tool number ${index + 1}`, 'has no name and is left out')
    } else if (!isObject(tool.inputSchema)) {
      leaveOut(`its tool "${tool.name}"`, 'has no inputSchema and is left out')
    } else if (tools.has(tool.name)) {
      leaveOut(`its tool "${tool.name}"`, 'is listed twice; the first one counts')
    } else {
      tools.set(tool.name, {
        definition: define(tool.name, tool.inputSchema, tool, server),
        json: JSON.stringify(tool),
      })
    }
  }
  return { tools: [...tools.values()], problems }
}

function define(
  toolName: string,
  inputSchema: JsonSchema,
  tool: Readonly<Record<string, unknown>>,
  { name: server, trusted }: ServerConfig,
): ToolDefinition {
  const { title, description, outputSchema, annotations, icons, _meta, execution } = tool
  const { taskSupport } = Object(execution) as { readonly taskSupport?: unknown }
  return {
    name: fullToolName(server, toolName),
    toolName,
    server,
    trusted,
    taskSupport: taskSupport === 'optional' || taskSupport === 'required' ? taskSupport : 'forbidden',
    inputSchema,
    ...(typeof title === 'string' && { title }),
    ...(typeof description === 'string' && { description }),
    ...(isObject(outputSchema) && { outputSchema }),
    ...(isObject(annotations) && { annotations }),
    ...(Array.isArray(icons) && icons.every(isIcon) && { icons }),
    ...(isObject(_meta) && { _meta: _meta as JsonObject }),
  }
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isIcon = (icon: unknown): icon is Icon => isObject(icon) && typeof icon.src === 'string'
