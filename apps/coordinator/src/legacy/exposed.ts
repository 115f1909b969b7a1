import { legacy, toPrompt, toTemplate } from '@longhaul/protocol'
import { type JsonObject, LonghaulError, promptKey, type Serves } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { complete } from '../exposed/complete.ts'
import { allExposed, allTemplates, findPrompt, findReader } from '../exposed/find-exposed.ts'
import { allResources } from '../exposed/list-resources.ts'
import { pageOf } from '../exposed/page.ts'
import { checkReadable } from '../exposed/watch-resource.ts'
import { readTaskResource } from '../task-resources/read-task-resource.ts'
import { parseTaskUri } from '../task-resources/task-resource.ts'
import { type Answer, type Method, type MethodCall, result } from './method.ts'
import { checkProgressToken } from './progress-token.ts'

/** Of a URI that is kept with a session: where a template fits, its client chooses what it is. */
const MOST_URI_CHARACTERS = 8192

/** Prompts, resources and completion. */
export const EXPOSED_METHODS: Readonly<Record<string, Method>> = {
  'prompts/list': async (deps, call) => {
    const cursor = legacy.parseParams('prompts/list', call.request)?.cursor
    const list = (await allExposed(deps.catalog, 'prompt')).map(toPrompt)
    return toList(deps, call, { member: 'prompts', list, by: 'name', cursor })
  },
  'prompts/get': async (deps, call) => {
    const { name, arguments: args = {}, _meta } = legacy.parseParams('prompts/get', call.request)
    await findPrompt(deps.catalog, name)
    return serve(deps, call, { key: promptKey(name), args, serves: { kind: 'prompt' }, meta: _meta })
  },
  'resources/list': async (deps, call) => {
    const cursor = legacy.parseParams('resources/list', call.request)?.cursor
    const list = await allResources(deps, call.viewer.principal)
    return toList(deps, call, { member: 'resources', list, by: 'uri', cursor })
  },
  'resources/templates/list': async (deps, call) => {
    const cursor = legacy.parseParams('resources/templates/list', call.request)?.cursor
    const list = (await allTemplates(deps.catalog)).map(toTemplate)
    return toList(deps, call, { member: 'resourceTemplates', list, by: 'uriTemplate', cursor })
  },
  'resources/read': async (deps, call) => {
    const { uri, _meta } = legacy.parseParams('resources/read', call.request)
    const resource = parseTaskUri(uri)
    if (resource) return result(await readTaskResource(deps, call.viewer.principal, { uri, ...resource }))
    const { key, args } = await findReader(deps.catalog, uri)
    return serve(deps, call, { key, args, serves: { kind: 'resource', uri }, meta: _meta })
  },
  'resources/subscribe': async (deps, { request, viewer }) => {
    const { uri } = legacy.parseParams('resources/subscribe', request)
    if (uri.length > MOST_URI_CHARACTERS) {
      throw new LonghaulError('too_large', `The URI has ${uri.length} characters; the most is ${MOST_URI_CHARACTERS}.`)
    }
    await checkReadable(deps, viewer.principal, uri)
    if (await deps.sessions.subscribe(viewer.session.id, uri)) return result({})
    const { maxSubscriptions } = deps.settings
    throw new LonghaulError(
      'too_large',
      `The session has ${maxSubscriptions} subscriptions, as many as one may have (LONGHAUL_MAX_SUBSCRIPTIONS); unsubscribe others.`,
    )
  },
  'resources/unsubscribe': async (deps, { request, viewer }) => {
    const { uri } = legacy.parseParams('resources/unsubscribe', request)
    await deps.sessions.unsubscribe(viewer.session.id, uri)
    return result({})
  },
  'completion/complete': async (deps, { request, viewer: { principal } }) => {
    const { ref, argument, context } = legacy.parseParams('completion/complete', request)
    return result(await complete(deps, { principal, ref, argument, context: context?.arguments ?? {} }))
  },
}

interface Listing {
  readonly member: string
  readonly list: readonly JsonObject[]
  /** Member in whose order the list is. */
  readonly by: string
  readonly cursor: string | undefined
}

function toList({ settings }: Deps, { viewer }: MethodCall, { member, list, by, cursor }: Listing): Answer {
  const { page, nextCursor } = pageOf(list, (item) => String(item[by]), { cursor, size: settings.catalogPageSize })
  const listed = page.map((item) => legacy.toLegacyListed(item, viewer.features))
  return result({ [member]: listed, ...(nextCursor !== undefined && { nextCursor }) })
}

interface Served {
  readonly key: string
  readonly args: JsonObject
  readonly serves: Serves
  readonly meta: { readonly progressToken?: unknown } | undefined
}

/** A short task whose client waits for it, and is asked what it asks. */
async function serve(
  deps: Deps,
  { request, viewer, trace }: MethodCall,
  { key, args, serves, meta }: Served,
): Promise<Answer> {
  const { session, audience, principal } = viewer
  const call = { session: session.id, isTask: false, ...checkProgressToken(request, meta) }
  const task = await deps.engine.submit({ principal, tool: key, args, serves, audience, call, trace })
  return { kind: 'held', taskId: task.id, isRelated: false, looked: task }
}
