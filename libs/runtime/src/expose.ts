import type { CatalogEntry, Exposure, Icon, JsonObject, JsonSchema } from '@longhaul/task'
import type { Context } from './context.ts'
import type { Exposed } from './tool.ts'

/** What prompts, resources and templates have in common where they are defined. */
export interface ExposedFacts {
  readonly title?: string
  readonly description?: string
  readonly icons?: readonly Icon[]
  readonly _meta?: JsonObject
  /** Task queue whose workers run it. Default `default`. */
  readonly queue?: string
  /** What the client must be able to answer, because it cannot do without. */
  readonly needs?: CatalogEntry['needs']
}

export interface Exposing {
  /** In the catalog. */
  readonly key: string
  readonly as: Exposure
  readonly facts: ExposedFacts
  readonly inputSchema: JsonSchema
  readonly beside?: readonly Exposed[]
  /** What it comes to: the members of the result that goes to the client. */
  readonly run: (args: JsonObject, ctx: Context) => Promise<object>
}

/** A definition that is served, not called. It only reads: what was interrupted is done again. */
export function expose({ key, as, facts, inputSchema, beside = [], run }: Exposing): Exposed {
  const { title, description = '', icons, _meta, queue = 'default', needs = {} } = facts
  return {
    name: key,
    as,
    beside,
    ...(title && { title }),
    description,
    ...(icons && { icons }),
    ...(_meta && { _meta }),
    inputSchema,
    taskSupport: 'forbidden',
    queue,
    needs,
    inDoubt: 'repeat',
    execute: async (args, ctx) => ({ content: [], structuredContent: (await run(args, ctx)) as JsonObject }),
  }
}
