import { modern, RPC, RpcError } from '@longhaul/protocol'
import type { Deps } from '../deps.ts'
import { pageOf } from '../exposed/page.ts'
import { listedTools } from '../task-tools/task-tools.ts'
import { callTool } from './call-tool.ts'
import type { Client } from './client.ts'
import { EXPOSED_METHODS } from './exposed.ts'
import type { Answer, Method, MethodCall } from './method.ts'
import { OWN_METHODS } from './own-methods.ts'
import { SERVER_INFO } from './server-info.ts'
import { cancelTask, getTask, updateTask } from './tasks.ts'

const METHODS: Readonly<Record<string, Method>> = {
  'server/discover': async ({ settings: { oauthIssuers, listTtlMs } }) =>
    cacheable(modern.toDiscovery({ takesAccessTokens: oauthIssuers.length > 0 }), listTtlMs),
  'tools/list': listTools,
  'tools/call': callTool,
  ...EXPOSED_METHODS,
  'tasks/get': needingTasks(getTask),
  'tasks/update': needingTasks(updateTask),
  'tasks/cancel': needingTasks(cancelTask),
  'subscriptions/listen': listen,
  ...OWN_METHODS,
}

/** @throws RpcError -32601 */
export function findMethod(name: string): Method {
  const method = Object.hasOwn(METHODS, name) ? METHODS[name] : undefined
  if (!method) throw new RpcError(RPC.methodNotFound, `Method not found: ${name}`)
  return method
}

async function listTools({ catalog, settings }: Deps, { request }: MethodCall): Promise<Answer> {
  const { cursor } = modern.parseParams('tools/list', request)
  const tools = listedTools(await catalog.entries(), settings)
  const { page, nextCursor } = pageOf(tools, ({ name }) => name, { cursor, size: settings.catalogPageSize })
  const listed = page.map(modern.toModernTool)
  return cacheable({ tools: listed, ...(nextCursor !== undefined && { nextCursor }) }, settings.listTtlMs)
}

async function listen(_deps: Deps, { request, client }: MethodCall): Promise<Answer> {
  const { notifications } = modern.parseParams('subscriptions/listen', request)
  const { toolsListChanged, promptsListChanged, resourcesListChanged, resourceSubscriptions, taskIds } = notifications
  if (taskIds !== undefined) requireTasks(client)
  const lists = [
    ...(toolsListChanged ? ['tools' as const] : []),
    ...(promptsListChanged ? ['prompts' as const] : []),
    ...(resourcesListChanged ? ['resources' as const] : []),
  ]
  return {
    kind: 'listen',
    wanted: {
      lists,
      ...(resourceSubscriptions && { uris: resourceSubscriptions }),
      ...(taskIds && { taskIds }),
    },
  }
}

/** U4: before anything is looked up. */
function needingTasks(method: Method): Method {
  return async (deps, call) => {
    requireTasks(call.client)
    return method(deps, call)
  }
}

function requireTasks({ takesTasks }: Client): void {
  if (!takesTasks) throw modern.missingCapabilities(modern.TASKS_REQUIRED)
}

const cacheable = (result: object, ttlMs: number): Answer => ({
  kind: 'result',
  result: modern.toCacheable({ ...result }, SERVER_INFO, ttlMs),
})
