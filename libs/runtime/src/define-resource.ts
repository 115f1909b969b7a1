import {
  type ContentAnnotations,
  type JsonObject,
  type JsonSchema,
  listingKey,
  resourceKey,
  templateKey,
} from '@longhaul/task'
import { type Completers, checkCompleters, completionOf, listedValues } from './completion.ts'
import type { Context } from './context.ts'
import { type ExposedFacts, expose } from './expose.ts'
import { type ResourceOutput, toContents } from './resource-contents.ts'
import type { Exposed } from './tool.ts'
import { variablesOf } from './uri-template.ts'

interface ResourceFacts extends ExposedFacts {
  readonly name: string
  readonly mimeType?: string
  readonly annotations?: ContentAnnotations
}

export interface FixedResource extends ResourceFacts {
  readonly uri: string
  /** Bytes. */
  readonly size?: number
  read(ctx: Context): ResourceOutput | Promise<ResourceOutput>
}

type Variables = Readonly<Record<string, string>>

/** A resource of a template, as it is listed. */
export interface ListedResource {
  readonly uri: string
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly mimeType?: string
}

export interface ResourceTemplate extends ResourceFacts {
  /** RFC 6570, with `{name}`, `{+name}` for values with slashes, and `{?name}`. */
  readonly uriTemplate: string
  /** For variables by name. */
  readonly complete?: Completers
  /** Resources of the template that are worth listing; without it none is. */
  list?(ctx: Context): readonly ListedResource[] | Promise<readonly ListedResource[]>
  read(variables: Variables, ctx: Context): ResourceOutput | Promise<ResourceOutput>
}

const READS: JsonSchema = { type: 'object' }
const URI = /^[a-z][a-z0-9+.-]*:[^\s{}]+$/i

/**
 * Defines what is behind one URI, or behind all that fit a template.
 * @throws Error when the URI, the template or the completion cannot be used
 */
export function defineResource(definition: FixedResource): Exposed
export function defineResource(definition: ResourceTemplate): Exposed
export function defineResource(definition: FixedResource | ResourceTemplate): Exposed {
  return 'uri' in definition ? defineFixed(definition) : defineTemplate(definition)
}

function defineFixed(definition: FixedResource): Exposed {
  const { uri, size } = definition
  if (!URI.test(uri)) throw new Error(`'${uri}' is no URI: it must be like notes://today, without braces and spaces.`)
  const as = { kind: 'resource', uri, ...toFacts(definition), ...(size !== undefined && { size }) } as const
  return expose({
    key: resourceKey(uri),
    as,
    facts: definition,
    inputSchema: READS,
    run: async (_, ctx) => toContents(await definition.read(ctx), { uri, mimeType: definition.mimeType }),
  })
}

function defineTemplate(definition: ResourceTemplate): Exposed {
  const { uriTemplate, complete = {}, mimeType, list, queue } = definition
  const names = variablesOf(uriTemplate)
  checkCompleters(complete, names, uriTemplate)
  const key = templateKey(uriTemplate)
  const variables = names.map((name) => {
    const values = listedValues(complete, name)
    return { name, ...(values && { values }) }
  })
  const listing =
    list &&
    expose({
      key: listingKey(key),
      as: { kind: 'listing' },
      facts: queue === undefined ? {} : { queue },
      inputSchema: READS,
      run: async (_, ctx) => ({ resources: await list.call(definition, ctx) }),
    })
  return expose({
    key,
    as: { kind: 'template', uriTemplate, variables, ...toFacts(definition) },
    facts: definition,
    inputSchema: READS,
    beside: [...completionOf(key, complete, definition), ...(listing ? [listing] : [])],
    run: async (args, ctx) => {
      const { uri, variables } = args as JsonObject & { readonly uri: string; readonly variables: Variables }
      return toContents(await definition.read(variables, ctx), { uri, mimeType })
    },
  })
}

const toFacts = ({ name, mimeType, annotations }: ResourceFacts) => ({
  name,
  ...(mimeType && { mimeType }),
  ...(annotations && { annotations }),
})
