import { toResource } from '@longhaul/protocol'
import { isExposedAs, type JsonObject, listingKey, type Principal } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { allExposed } from './find-exposed.ts'
import { runToEnd } from './run-to-end.ts'

/**
 * The resources that there are, with all that any revision knows, in the order of their URIs: those of the catalog, and
 * what templates list. A template that fails at it, or takes too long, lists nothing.
 */
export async function allResources(deps: Deps, principal: Principal): Promise<readonly JsonObject[]> {
  const fixed = (await allExposed(deps.catalog, 'resource')).map(toResource)
  const templates = await allExposed(deps.catalog, 'template')
  const listed = await Promise.all(templates.map(({ name }) => listOf(deps, principal, name)))
  const byUri = new Map([...listed.flat(), ...fixed].map((resource) => [String(resource.uri), resource]))
  return [...byUri.values()].sort((a, b) => (String(a.uri) < String(b.uri) ? -1 : 1))
}

async function listOf(deps: Deps, principal: Principal, template: string): Promise<readonly JsonObject[]> {
  const listing = await deps.catalog.find(listingKey(template))
  if (!isExposedAs(listing, 'listing')) return []
  const serves = { kind: 'listing' } as const
  const given = await runToEnd(deps, { principal, key: listing.name, args: {}, serves }).catch(() => undefined)
  return (given?.resources ?? []) as readonly JsonObject[]
}
