import {
  type Budget,
  type Icon,
  type InDoubt,
  type Json,
  type JsonObject,
  type JsonSchema,
  LIMITS,
  limitFault,
  type OnCodeChange,
  type ToolAnnotations,
  type ToolResult,
  text,
  undoKey,
} from '@longhaul/task'
import { type AnySchema, parse, toCheckedSchema } from './any-schema.ts'
import type { Context } from './context.ts'
import type { Exposed, Tool } from './tool.ts'
import type { Given, Parsed, ResultBy, ReturnedBy, TypedTool } from './typed-tool.ts'

type DeclaredBudget = Omit<Budget, 'atLimit'> & Partial<Pick<Budget, 'atLimit'>>

export interface ToolDefinition<
  Input extends AnySchema,
  Output extends AnySchema | undefined = undefined,
  Returned extends ReturnedBy<Output> = ReturnedBy<Output>,
> {
  /** 1 to 128 characters of A-Z a-z 0-9 _ - and dot; unique in the project. */
  readonly name: string
  readonly title?: string
  /** For the model that chooses the tool: what it does, when to use it. */
  readonly description: string
  readonly icons?: readonly Icon[]
  /** Further metadata of the listed tool. */
  readonly _meta?: JsonObject
  readonly inputSchema: Input
  /** What its results have as structured content. With Zod it is what `execute` returns, and what callers are given. */
  readonly outputSchema?: Output
  readonly annotations?: ToolAnnotations
  /** Whether clients may, must or must not run it as an MCP task. Default `optional`. */
  readonly taskSupport?: Tool['taskSupport']
  /** Task queue whose workers run it. Default `default`. */
  readonly queue?: string
  /** What the client that submits it must be able to answer, because the tool cannot do without. */
  readonly needs?: Tool['needs']
  /**
   * Keys of the questions that it asks before its work. Clients that can answer them in rounds of the call do so, and
   * are given a task only then.
   */
  readonly asksFirst?: Tool['asksFirst']
  /** Its model takes what people send to its task while that runs: it calls `ctx.sample` with `steerable`. */
  readonly steerable?: Tool['steerable']
  /**
   * What becomes of a call that was interrupted before it had used its context, so that nobody knows what it did.
   * Default: `repeat` when the annotations say read-only or idempotent, else `ask`.
   */
  readonly inDoubt?: InDoubt
  /**
   * Milliseconds that a call may take, waiting for people not counted; 0 for any. A task of the tool fails then; a call
   * inside another task fails and is in doubt like one whose worker was lost. Default: the setting `taskTimeoutMs` for a
   * task, any time for a call inside.
   */
  readonly timeoutMs?: number
  /**
   * Of the code, as far as it matters to tasks that are under way: 1 to 64 characters of A-Z a-z 0-9 _ + - and dot. They
   * go on with the version that they began with as long as a worker has it. Default: a hash of the tool's file and of
   * the files of the project that it imports.
   */
  readonly version?: string
  /**
   * What is done about a task that began with another version, which no worker has any more. Default: the setting
   * `onCodeChange`.
   */
  readonly onCodeChange?: OnCodeChange
  /** What a task of it may spend, all tasks below it included: see docs/budgets.md. `atLimit` is `ask` when absent. */
  readonly budget?: DeclaredBudget
  /** Models that it uses of which nobody knows what they cost: it cannot have a budget in money then. */
  readonly unpricedModels?: readonly string[]
  execute(args: Parsed<Input>, ctx: Context): Returned | Promise<Returned>
  /**
   * Undoes a call that gave `result`, when a workflow that made it fails or is cancelled. An interrupted one is made again,
   * with the same `ctx.idempotencyKey`: to do it twice must do no harm. It may return what `execute` may, or nothing.
   */
  undo?(args: Parsed<Input>, result: ResultBy<Output>, ctx: Context): unknown
}

const NAME = /^[A-Za-z0-9_.-]{1,128}$/
const VERSION = /^[A-Za-z0-9_.+-]{1,64}$/

/**
 * Defines a durable tool.
 * @throws Error when the name or a schema cannot be used
 */
export function defineTool<
  Input extends AnySchema,
  Output extends AnySchema | undefined = undefined,
  // `const` keeps 'card' from becoming a string that no enum takes.
  const Returned extends ReturnedBy<Output> = ReturnedBy<Output>,
>(definition: ToolDefinition<Input, Output, Returned>): TypedTool<Given<Input>, ResultBy<Output>> {
  const { name, title, description, icons, annotations, outputSchema, _meta } = definition
  if (!NAME.test(name))
    throw new Error(`The tool name '${name}' must be 1 to 128 characters of A-Z a-z 0-9 _ - and dot.`)
  const inputSchema = toCheckedSchema(definition.inputSchema, `${name}.inputSchema`)
  if (inputSchema.type !== 'object') throw new Error(`${name}.inputSchema must be an object schema (type: object).`)
  const output = outputSchema && toCheckedSchema(outputSchema, `${name}.outputSchema`)
  const undoTool = definition.undo && toUndoTool(definition)
  const isRepeatable = annotations?.readOnlyHint === true || annotations?.idempotentHint === true
  return {
    name,
    ...(title && { title }),
    description,
    ...(icons && { icons }),
    ...(_meta && { _meta }),
    inputSchema,
    ...(output && { outputSchema: output }),
    ...(annotations && { annotations }),
    taskSupport: definition.taskSupport ?? 'optional',
    queue: definition.queue ?? 'default',
    needs: definition.needs ?? {},
    ...(definition.asksFirst && { asksFirst: definition.asksFirst }),
    ...(definition.steerable && { steerable: true as const }),
    ...(definition.timeoutMs !== undefined && { timeoutMs: checkedTimeout(name, definition.timeoutMs) }),
    ...(definition.version !== undefined && { version: checkedVersion(name, definition.version) }),
    ...(definition.onCodeChange && { onCodeChange: checkedPolicy(name, definition.onCodeChange) }),
    ...(undoTool && { undoTool }),
    ...(definition.budget && { budget: checkedBudget(name, definition.budget) }),
    ...(definition.unpricedModels && { unpricedModels: definition.unpricedModels }),
    inDoubt: definition.inDoubt ?? (isRepeatable ? 'repeat' : 'ask'),
    async execute(args, ctx) {
      const parsed = parse(definition.inputSchema, args, 'Invalid arguments') as Parsed<Input>
      const result = toToolResult(await definition.execute(parsed, ctx), output)
      if (output && !result.isError) checkOutput(name, output, result)
      return result
    },
  }
}

function checkedTimeout(name: string, timeoutMs: number): number {
  if (Number.isInteger(timeoutMs) && timeoutMs >= 0) return timeoutMs
  throw new Error(`${name}.timeoutMs is ${timeoutMs}; it must be a whole number of milliseconds, or 0 for any time.`)
}

function checkedVersion(name: string, version: string): string {
  if (VERSION.test(version)) return version
  throw new Error(`${name}.version is '${version}'; it must be 1 to 64 characters of A-Z a-z 0-9 _ + - and dot.`)
}

function checkedPolicy(name: string, policy: OnCodeChange): OnCodeChange {
  if (['continue', 'ask', 'fail'].includes(policy)) return policy
  throw new Error(`${name}.onCodeChange is '${policy}'; it must be continue, ask or fail.`)
}

const UNDO_INPUT: JsonSchema = {
  type: 'object',
  properties: { args: { type: 'object' }, result: { type: 'object' } },
  required: ['args', 'result'],
}

/** Beside the tool, so that it runs where the tool does. */
function toUndoTool<Input extends AnySchema, Output extends AnySchema | undefined>(
  definition: Omit<ToolDefinition<Input, Output>, 'execute'>,
): Exposed {
  const { name, queue = 'default', timeoutMs } = definition
  return {
    name: undoKey(name),
    as: { kind: 'undo', of: name },
    beside: [],
    description: `Undoes a call of ${name}.`,
    inputSchema: UNDO_INPUT,
    taskSupport: 'forbidden',
    queue,
    needs: {},
    ...(timeoutMs !== undefined && { timeoutMs }),
    inDoubt: 'repeat',
    async execute({ args, result }, ctx) {
      const parsed = parse(definition.inputSchema, args, 'Invalid arguments') as Parsed<Input>
      const output = await definition.undo?.(parsed, result as unknown as ResultBy<Output>, ctx)
      return toToolResult(output, undefined)
    },
  }
}

function checkedBudget(name: string, budget: DeclaredBudget): Budget {
  for (const limit of LIMITS) {
    const fault = budget[limit] === undefined ? undefined : limitFault(limit, budget[limit])
    if (fault) throw new Error(`${name}.budget.${limit} is ${budget[limit]}; it must be ${fault}.`)
  }
  return { atLimit: 'ask', ...budget }
}

/** Text alone is structured content only where the tool says that it is. */
function toToolResult(output: unknown, schema: JsonSchema | undefined): ToolResult {
  if (output === undefined || output === null) return { content: [] }
  if (typeof output === 'string') {
    return { content: [text(output)], ...(schema && schema.type !== 'object' && { structuredContent: output }) }
  }
  if (isToolResult(output)) return output
  return { content: [text(JSON.stringify(output))], structuredContent: output as Json }
}

/** Data of a tool may have a list called `content`, too: what is in a result's are blocks. */
const isToolResult = (output: unknown): output is ToolResult =>
  typeof output === 'object' &&
  output !== null &&
  'content' in output &&
  Array.isArray(output.content) &&
  output.content.every((block: unknown) => typeof Object(block).type === 'string')

function checkOutput(name: string, schema: JsonSchema, { structuredContent }: ToolResult): void {
  parse(schema, structuredContent, `The tool '${name}' gave a result that breaks its outputSchema`)
}
