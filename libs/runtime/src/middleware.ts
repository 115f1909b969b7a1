import type { Conversation, JsonObject, Message, ModelAnswer, ToolResult } from '@longhaul/task'
import type { Context } from './context.ts'
import type { Generate } from './models.ts'
import { isExposed, type Tool } from './tool.ts'

/** A turn that a model is about to take. */
export interface ModelTurn {
  /** As it was asked for: the name in the agent's file, a list of them, or `auto`. */
  readonly model: string | readonly string[]
  readonly conversation: Conversation
  readonly signal: AbortSignal
}

/** A tool of a server that an agent or a workflow is about to call in a step of its own. */
export interface RemoteToolCall {
  /** `server__tool`. */
  readonly tool: string
  readonly args: JsonObject
  readonly signal: AbortSignal
}

/** A tool of the project that is about to run, or one of a server that is a task of its own. */
export interface ToolRun {
  readonly tool: string
  readonly args: JsonObject
  readonly ctx: Context
}

/** What runs around the calls of a project's models and tools, and of its servers' tools. What it throws is what the call fails with. */
export interface Middleware {
  readonly name: string
  /** Part of the step: what it gave is on record, and it is not run again on replay. `next` may be called several times. */
  model?(turn: ModelTurn, next: (changed?: Conversation) => Promise<ModelAnswer>): Promise<ModelAnswer>
  /** Part of the tool's code: run again on replay, so that its own effects go through `ctx`, under keys of its own. */
  tool?(run: ToolRun, next: (changed?: JsonObject) => Promise<ToolResult>): Promise<ToolResult>
  /** Part of the step, as `model` is. */
  remoteTool?(call: RemoteToolCall, next: (changed?: JsonObject) => Promise<ToolResult>): Promise<ToolResult>
}

/** For a project's `middleware.ts`, which exports one, or a list of them: the first is the outermost. */
export function defineMiddleware(middleware: Middleware): Middleware {
  if (middleware.name.trim() === '') throw new Error('A middleware needs a name.')
  return middleware
}

/** The tool with all of them around it. What is exposed as something else is left as it is. */
export function aroundTool<T extends Tool>(tool: T, middleware: readonly Middleware[]): T {
  const around = middleware.flatMap((one) => one.tool?.bind(one) ?? [])
  if (around.length === 0 || isExposed(tool)) return tool
  const execute: Tool['execute'] = (args, ctx) => {
    // What was watched, or refused, was the call; this only ends it elsewhere.
    if (ctx.undoing) return tool.execute(args, ctx)
    const run = (given: JsonObject, place: number): Promise<ToolResult> => {
      const one = around[place]
      if (!one) return tool.execute(given, ctx)
      return one({ tool: tool.name, args: given, ctx }, (changed = given) => run(changed, place + 1))
    }
    return run(args as JsonObject, 0)
  }
  return { ...tool, execute }
}

/** A call of a server's tool with all of them around it. */
export function aroundRemoteTool(
  call: RemoteToolCall,
  middleware: readonly Middleware[],
  make: (args: JsonObject) => Promise<ToolResult>,
): Promise<ToolResult> {
  const around = middleware.flatMap((one) => one.remoteTool?.bind(one) ?? [])
  const take = (args: JsonObject, place: number): Promise<ToolResult> => {
    const one = around[place]
    return one ? one({ ...call, args }, (changed = args) => take(changed, place + 1)) : make(args)
  }
  return take(call.args, 0)
}

/** The model with all of them around it. */
export function aroundModel(
  generate: Generate,
  model: string | readonly string[],
  middleware: readonly Middleware[],
): Generate {
  const around = middleware.flatMap((one) => one.model?.bind(one) ?? [])
  if (around.length === 0) return generate
  return (conversation, options) => {
    const take = (given: Conversation, place: number): Promise<ModelAnswer> => {
      const one = around[place]
      if (!one) return generate(given, options)
      const turn = { model, conversation: given, signal: options.signal }
      return one(turn, (changed = given) => take(changed, place + 1))
    }
    return take(toOwn(conversation), 0)
  }
}

/** What is done to the messages and the options themselves stays with the turn: the next one continues the same ones. */
const toOwn = ({ messages, options }: Conversation): Conversation => ({
  messages: messages.map((message) => ({ ...message, content: [...message.content] }) as Message),
  options: { ...options },
})
