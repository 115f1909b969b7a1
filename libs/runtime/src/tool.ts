import type {
  Budget,
  CatalogEntry,
  Claimed,
  Exposure,
  Icon,
  InDoubt,
  Json,
  JsonObject,
  JsonSchema,
  OnCodeChange,
  Pin,
  ToolAnnotations,
  ToolResult,
} from '@longhaul/task'
import type { Context } from './context.ts'

/** A durable tool, ready to be run: schemas as JSON Schema, defaults filled in. Made by `defineTool`. */
export interface Tool {
  readonly name: string
  readonly title?: string
  readonly description: string
  readonly icons?: readonly Icon[]
  readonly _meta?: JsonObject
  readonly inputSchema: JsonSchema
  readonly outputSchema?: JsonSchema
  readonly annotations?: ToolAnnotations
  readonly taskSupport: CatalogEntry['taskSupport']
  readonly queue: string
  readonly needs: CatalogEntry['needs']
  readonly asksFirst?: CatalogEntry['asksFirst']
  readonly steerable?: CatalogEntry['steerable']
  /** What becomes of a call that was interrupted before it had used its context. */
  readonly inDoubt: InDoubt
  /** Milliseconds that a call may take, waiting for people not counted; 0 for any. */
  readonly timeoutMs?: number
  /** Of its code. A worker gives it one where it says none. */
  readonly version?: string
  /**
   * Only where its version is of what it calls, and its code the same whatever that is: whether another version matters to
   * a task that has got so far.
   */
  readonly mindsVersion?: (task: Pick<Claimed, 'head' | 'journal'>) => boolean
  /** The definition that it was made of, where that is data. */
  readonly pin?: Pin
  /** The setting `onCodeChange` where absent. */
  readonly onCodeChange?: OnCodeChange
  /** Its code undoes what it had done: before it fails, and where it was ended from outside in a task of its own. */
  readonly undoes?: true
  /** What its code does then only ends what goes on elsewhere; effects that it had stay. */
  readonly effectsStay?: true
  /** What undoes a call of it, as a tool that is served to nobody and called by workflows. */
  readonly undoTool?: Exposed
  /** What a task of it may spend, all below it included. */
  readonly budget?: Budget
  /** Models that it uses of which nobody knows what they cost. */
  readonly unpricedModels?: readonly string[]
  execute(args: { readonly [name: string]: Json | undefined }, ctx: Context): Promise<ToolResult>
}

/** A prompt, a resource or a template, ready to be served: run like a tool, and called like none. */
export interface Exposed extends Tool {
  readonly as: Exposure
  /** What goes along with it under its name: completion, listing. */
  readonly beside: readonly Exposed[]
}

export const isExposed = (tool: Tool): tool is Exposed => 'as' in tool
