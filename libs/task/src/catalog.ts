import type { Budget } from './budget.ts'
import type { JsonObject, JsonSchema } from './json.ts'
import type { Pin } from './pin.ts'

/** Hints of MCP tool annotations; absent ones mean what the specification says (destructive, not idempotent). */
export interface ToolAnnotations {
  readonly title?: string
  readonly readOnlyHint?: boolean
  readonly destructiveHint?: boolean
  readonly idempotentHint?: boolean
  readonly openWorldHint?: boolean
}

/** Whether calls may destroy something: unless the annotations say that they only read or only add. */
export const isDestructive = (annotations: ToolAnnotations | undefined): boolean =>
  annotations?.readOnlyHint !== true && annotations?.destructiveHint !== false

/** What becomes of a step that began and was not journaled (invariant 4). */
export type InDoubt = 'repeat' | 'ask' | 'fail'

/** A picture of something that is listed, as MCP has it. */
export interface Icon {
  /** An http(s): or data: URI. */
  readonly src: string
  readonly mimeType?: string
  /** `48x48`, or `any`. */
  readonly sizes?: readonly string[]
  readonly theme?: 'light' | 'dark'
}

export interface PromptArgument {
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly required?: boolean
  /** What it can be, or some of that; completion offers them. */
  readonly values?: readonly string[]
}

/** For whom content is, and how much it matters, as MCP has it. */
export interface ContentAnnotations {
  readonly audience?: readonly ('user' | 'assistant')[]
  /** From 0, optional, to 1, required. */
  readonly priority?: number
  /** ISO 8601. */
  readonly lastModified?: string
}

interface ResourceFacts {
  readonly name: string
  readonly mimeType?: string
  readonly annotations?: ContentAnnotations
}

/**
 * What an entry is that is no tool. Prompts, resources and templates are durable definitions, too: getting or reading
 * one is a short task. A completion and a listing go along with one, under its name.
 */
export type Exposure =
  | { readonly kind: 'prompt'; readonly name: string; readonly arguments: readonly PromptArgument[] }
  | ({ readonly kind: 'resource'; readonly uri: string; readonly size?: number } & ResourceFacts)
  | ({
      readonly kind: 'template'
      readonly uriTemplate: string
      readonly variables: readonly Variable[]
    } & ResourceFacts)
  /** Names the arguments, or variables, that it completes. */
  | { readonly kind: 'completion'; readonly of: readonly string[] }
  /** Lists resources of a template. */
  | { readonly kind: 'listing' }
  /** Undoes a call of the tool. */
  | { readonly kind: 'undo'; readonly of: string }

export interface Variable {
  readonly name: string
  /** What it can be, or some of that. */
  readonly values?: readonly string[]
}

/** Names of entries that are no tools: no tool can be called so, since a tool's name has no colon. */
export const promptKey = (name: string): string => `prompt:${name}`
export const resourceKey = (uri: string): string => `resource:${uri}`
export const templateKey = (uriTemplate: string): string => `template:${uriTemplate}`
export const completionKey = (of: string): string => `completion:${of}`
export const listingKey = (of: string): string => `listing:${of}`
export const undoKey = (of: string): string => `undo:${of}`

/** A durable tool, or what is exposed as something else, as the workers announce it and the coordinator lists it. */
export interface CatalogEntry {
  readonly name: string
  /** Absent on a tool. */
  readonly as?: Exposure
  readonly title?: string
  readonly description: string
  readonly icons?: readonly Icon[]
  readonly inputSchema: JsonSchema
  readonly outputSchema?: JsonSchema
  readonly annotations?: ToolAnnotations
  readonly taskSupport: 'forbidden' | 'optional' | 'required'
  /** Task queue whose workers run it. */
  readonly queue: string
  /** What the submitter's client must be able to answer, since the tool cannot do without. */
  readonly needs: { readonly sampling?: 'plain' | 'tools'; readonly elicitation?: boolean }
  /**
   * Keys of the questions that it asks before its work. A client without a session that takes tasks answers them in rounds
   * of its call, and is given the task then.
   */
  readonly asksFirst?: readonly string[]
  /** Its model takes what people send to a task of it while that runs. */
  readonly steerable?: true
  /** Most milliseconds that a task of it may take, 0 for any; the setting `taskTimeoutMs` when absent. */
  readonly timeoutMs?: number
  /** Where a task of it is ended from outside, another one undoes what it had done. */
  readonly undoes?: true
  /** That other one only ends what goes on elsewhere; effects that it had stay. */
  readonly effectsStay?: true
  /** What a task of it may spend, all below it included. */
  readonly budget?: Budget
  /** Models that it uses of which nobody knows what they cost, so that it cannot have a budget in money. */
  readonly unpricedModels?: readonly string[]
  /** Content hash over all of the above. */
  readonly definition: string
  /** Of its code: what that says, else a hash of it. Absent where there is none. */
  readonly version?: string
  /** The whole definition, where that is data: what any worker can run it by. */
  readonly pin?: Pin
  readonly _meta?: JsonObject
}

/** An entry that is exposed as `Kind`. */
export type ExposedAs<Kind extends Exposure['kind']> = CatalogEntry & {
  readonly as: Extract<Exposure, { readonly kind: Kind }>
}

export const isExposedAs = <Kind extends Exposure['kind']>(
  entry: CatalogEntry | undefined,
  kind: Kind,
): entry is ExposedAs<Kind> => entry?.as?.kind === kind
