import { modern, toPrompt, toTemplate } from '@longhaul/protocol'
import { type JsonObject, promptKey, type Serves } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { complete } from '../exposed/complete.ts'
import { allExposed, allTemplates, findPrompt, findReader } from '../exposed/find-exposed.ts'
import { allResources } from '../exposed/list-resources.ts'
import { pageOf } from '../exposed/page.ts'
import { readTaskResource } from '../task-resources/read-task-resource.ts'
import { parseTaskUri } from '../task-resources/task-resource.ts'
import type { Answer, Method, MethodCall } from './method.ts'
import { SERVER_INFO } from './server-info.ts'

/** Prompts, resources and completion. */
export const EXPOSED_METHODS: Readonly<Record<string, Method>> = {
  'prompts/list': async (deps, { request }) => {
    const { cursor } = modern.parseParams('prompts/list', request)
    const prompts = (await allExposed(deps.catalog, 'prompt')).map(toPrompt)
    return toList(deps, { member: 'prompts', list: prompts, by: 'name', cursor })
  },
  'prompts/get': async (deps, call) => {
    const { name, arguments: args = {}, ...round } = modern.parseParams('prompts/get', call.request)
    await findPrompt(deps.catalog, name)
    return serve(deps, call, { key: promptKey(name), args, serves: { kind: 'prompt' }, round })
  },
  'resources/list': async (deps, { request, client }) => {
    const { cursor } = modern.parseParams('resources/list', request)
    const resources = await allResources(deps, client.principal)
    return toList(deps, { member: 'resources', list: resources, by: 'uri', cursor })
  },
  'resources/templates/list': async (deps, { request }) => {
    const { cursor } = modern.parseParams('resources/templates/list', request)
    const templates = (await allTemplates(deps.catalog)).map(toTemplate)
    return toList(deps, { member: 'resourceTemplates', list: templates, by: 'uriTemplate', cursor })
  },
  'resources/read': async (deps, call) => {
    const { uri, ...round } = modern.parseParams('resources/read', call.request)
    const resource = parseTaskUri(uri)
    if (resource) {
      const contents = await readTaskResource(deps, call.client.principal, { uri, ...resource })
      return { kind: 'result', result: modern.toCacheable(contents, SERVER_INFO, 0) }
    }
    const { key, args } = await findReader(deps.catalog, uri)
    return serve(deps, call, { key, args, serves: { kind: 'resource', uri }, round })
  },
  'completion/complete': async (deps, { request, client: { principal } }) => {
    const { ref, argument, context } = modern.parseParams('completion/complete', request)
    const result = await complete(deps, { principal, ref, argument, context: context?.arguments ?? {} })
    return { kind: 'result', result: modern.toComplete(result, SERVER_INFO) }
  },
}

interface Listing {
  readonly member: string
  readonly list: readonly JsonObject[]
  /** Member in whose order the list is. */
  readonly by: string
  readonly cursor: string | undefined
}

function toList({ settings }: Deps, { member, list, by, cursor }: Listing): Answer {
  const { page, nextCursor } = pageOf(list, (item) => String(item[by]), { cursor, size: settings.catalogPageSize })
  const result = { [member]: page, ...(nextCursor !== undefined && { nextCursor }) }
  return { kind: 'result', result: modern.toCacheable(result, SERVER_INFO, settings.listTtlMs) }
}

interface Served {
  readonly key: string
  readonly args: JsonObject
  readonly serves: Serves
  readonly round: { readonly inputResponses?: unknown; readonly requestState?: string | undefined }
}

/** A short task whose client waits for it, in rounds where it is asked (P14). */
async function serve(deps: Deps, { client, trace }: MethodCall, { key, args, serves, round }: Served): Promise<Answer> {
  const { principal, audience } = client
  const { inputResponses = {}, requestState } = round
  const bound = { owner: principal.owner, tool: key, args }
  const held = { kind: 'held', bound, taskAfter: [], responses: inputResponses as JsonObject } as const
  if (requestState !== undefined) {
    return { ...held, ...modern.openState(requestState, bound, await deps.secret()) }
  }
  const task = await deps.engine.submit({ principal, tool: key, args, serves, audience, trace })
  return { ...held, taskId: task.id, after: task.seq, asked: [] }
}
