import type { JsonObject, JsonSchema } from './json.ts'

/** Hints of MCP tool annotations; absent ones mean what the specification says (destructive, not idempotent). */
export interface ToolAnnotations {
  readonly title?: string
  readonly readOnlyHint?: boolean
  readonly destructiveHint?: boolean
  readonly idempotentHint?: boolean
  readonly openWorldHint?: boolean
}

/** What becomes of a step that began and was not journaled (invariant 4). */
export type InDoubt = 'repeat' | 'ask' | 'fail'

/** A durable tool as the workers announce it and the coordinator lists it. */
export interface CatalogEntry {
  readonly name: string
  readonly title?: string
  readonly description: string
  readonly inputSchema: JsonSchema
  readonly outputSchema?: JsonSchema
  readonly annotations?: ToolAnnotations
  readonly taskSupport: 'forbidden' | 'optional' | 'required'
  /** Task queue whose workers run it. */
  readonly queue: string
  /** What the submitter's client must be able to answer, since the tool cannot do without. */
  readonly needs: { readonly sampling?: 'plain' | 'tools'; readonly elicitation?: boolean }
  /**
   * Keys of the questions that it asks before its work. A client of 2026-07-28 that takes tasks answers them in rounds
   * of its call, and is given the task then.
   */
  readonly asksFirst?: readonly string[]
  /** Most milliseconds that a task of it may take, 0 for any; the setting `taskTimeoutMs` when absent. */
  readonly timeoutMs?: number
  /** Content hash over all of the above. */
  readonly definition: string
  readonly _meta?: JsonObject
}
