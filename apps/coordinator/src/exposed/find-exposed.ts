import { matchTemplate, RPC, RpcError, resourceNotFound } from '@longhaul/protocol'
import {
  type Catalog,
  type CatalogEntry,
  type ExposedAs,
  type Exposure,
  isExposedAs,
  type JsonObject,
  LonghaulError,
  promptKey,
  resourceKey,
} from '@longhaul/task'
import { TASK_TEMPLATES } from '../task-resources/task-resource.ts'

/** A longer one names nothing, and is not matched against anything. */
const MOST_URI_CHARACTERS = 8192

/** What is exposed as one kind, by name, in order. */
export async function allExposed<Kind extends Exposure['kind']>(
  catalog: Catalog,
  kind: Kind,
): Promise<readonly ExposedAs<Kind>[]> {
  return (await catalog.entries()).filter((entry) => isExposedAs(entry, kind))
}

/** The tool of this name: what is exposed as something else is none. */
export async function findTool(catalog: Catalog, name: string): Promise<CatalogEntry | undefined> {
  const entry = await catalog.find(name)
  return entry?.as === undefined ? entry : undefined
}

/** @throws LonghaulError `prompt_not_found` */
export async function findPrompt(catalog: Catalog, name: string): Promise<ExposedAs<'prompt'>> {
  const entry = await catalog.find(promptKey(name))
  if (isExposedAs(entry, 'prompt')) return entry
  throw new LonghaulError('prompt_not_found', `Unknown prompt: ${name}`)
}

/** Those of projects, and those of tasks, by their keys, in order. */
export async function allTemplates(catalog: Catalog): Promise<readonly ExposedAs<'template'>[]> {
  const all = [...(await allExposed(catalog, 'template')), ...TASK_TEMPLATES]
  return all.sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The template itself, which is nothing that could be read. @throws RpcError -32602 (F18) */
export async function findTemplate(catalog: Catalog, uriTemplate: string): Promise<ExposedAs<'template'>> {
  const entry = (await allTemplates(catalog)).find(({ as }) => as.uriTemplate === uriTemplate)
  if (entry) return entry
  throw new RpcError(RPC.invalidParams, `Unknown resource template: ${uriTemplate}`)
}

/** What reads a URI, and what it is given. */
export interface Reader {
  readonly key: string
  readonly args: JsonObject
}

/** A resource of this URI, else the first template that it fits. @throws LonghaulError `resource_not_found` */
export async function findReader(catalog: Catalog, uri: string): Promise<Reader> {
  if (uri.length > MOST_URI_CHARACTERS) throw resourceNotFound(`${uri.slice(0, 100)}…`)
  const entry = await catalog.find(resourceKey(uri))
  if (entry) return { key: entry.name, args: { uri } }
  for (const { name, as } of await allExposed(catalog, 'template')) {
    const variables = matchTemplate(as.uriTemplate, uri)
    if (variables) return { key: name, args: { uri, variables } }
  }
  throw resourceNotFound(uri)
}
