import { legacy, parseSubmissionMeta, RPC, RpcError, type RpcRequest } from '@longhaul/protocol'
import type { Session } from '@longhaul/store'
import type { CatalogEntry, JsonObject, Task } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { findTool } from '../exposed/find-exposed.ts'
import { pageOf } from '../exposed/page.ts'
import { withTaskTools } from '../task-tools/handle.ts'
import { findTaskTool, listedTools, runTaskTool } from '../task-tools/task-tools.ts'
import { EXPOSED_METHODS } from './exposed.ts'
import { type Answer, type Method, type MethodCall, result } from './method.ts'
import { checkProgressToken } from './progress-token.ts'
import { canBeAsked } from './viewer.ts'

const METHODS: Readonly<Record<string, Method>> = {
  ping: async () => result({}),
  'logging/setLevel': async ({ sessions }, { request, viewer: { session } }) => {
    await sessions.setLogLevel(session, legacy.parseParams('logging/setLevel', request).level)
    return result({})
  },
  'tools/list': listTools,
  'tools/call': callTool,
  ...EXPOSED_METHODS,
}
/** Only where `initialize` has promised tasks (T8, F23). */
const TASK_METHODS: Readonly<Record<string, Method>> = {
  'tasks/get': getTask,
  'tasks/result': async (deps, { request, looked, viewer: { principal } }) => {
    const { taskId } = legacy.parseParams('tasks/result', request)
    const task = await (looked ?? deps.engine.inspectOutcome(principal, taskId))
    return { kind: 'held', taskId, isRelated: true, looked: task }
  },
  'tasks/list': async ({ engine, settings }, { request, viewer: { principal } }) => {
    const { tasks, nextCursor } = await engine.list(principal, legacy.parseParams('tasks/list', request)?.cursor)
    const page = tasks.map((task) => legacy.toLegacyTask(task, settings.pollIntervalMs))
    return result({ tasks: page, ...(nextCursor && { nextCursor }) })
  },
  'tasks/cancel': async ({ engine, settings }, { request, viewer: { principal } }) => {
    const { taskId } = legacy.parseParams('tasks/cancel', request)
    return result(legacy.toLegacyTask(await engine.cancel(principal, taskId), settings.pollIntervalMs))
  },
}

/** @throws RpcError, LonghaulError */
export function callMethod(deps: Deps, call: MethodCall): Promise<Answer> {
  const { method } = call.request
  const found = lookUp(METHODS, method) ?? (call.viewer.features.tasks ? lookUp(TASK_METHODS, method) : undefined)
  if (!found) throw new RpcError(RPC.methodNotFound, 'Method not found')
  return found(deps, call)
}

async function listTools({ catalog, settings }: Deps, { request, viewer: { features } }: MethodCall): Promise<Answer> {
  const cursor = legacy.parseParams('tools/list', request)?.cursor
  const tools = listedTools(await catalog.entries(), settings)
  const { page, nextCursor } = pageOf(tools, ({ name }) => name, { cursor, size: settings.catalogPageSize })
  const listed = page.map((entry) => legacy.toLegacyTool(entry, features))
  return result({ tools: listed, ...(nextCursor !== undefined && { nextCursor }) })
}

async function callTool(deps: Deps, { request, viewer, trace, isGone }: MethodCall): Promise<Answer> {
  const { session, features, audience, principal } = viewer
  const known = features.tasks ? request : withoutTask(request)
  const { name, arguments: args = {}, task, _meta } = legacy.parseParams('tools/call', known)
  const progress = checkProgressToken(request, _meta)
  const taskTool = await findTaskTool(deps, name)
  checkTaskSupport(taskTool?.entry ?? (await findTool(deps.catalog, name)), task !== undefined)
  if (taskTool) {
    const given = await runTaskTool(deps, taskTool, { principal, args, isGone })
    return result(legacy.toToolResult(given, features))
  }
  const { ttl } = task ?? {}
  const submitted = await deps.engine.submit({
    principal,
    tool: name,
    args: args as JsonObject,
    audience: withTaskTools(audience, deps.settings),
    call: { session: session.id, isTask: task !== undefined, ...progress },
    // The wire tells whole milliseconds, and a task is kept at least as long as was asked.
    ...(ttl !== undefined && { ttlMs: Math.ceil(ttl) }),
    ...parseSubmissionMeta(_meta),
    trace,
  })
  if (!task) return { kind: 'held', taskId: submitted.id, isRelated: false, looked: submitted }
  return result({ task: legacy.toCreatedTask(submitted, deps.settings.pollIntervalMs) })
}

/** T3: where there are no tasks, the member means nothing, whatever it is. */
function withoutTask({ params = {}, ...request }: RpcRequest): RpcRequest {
  const { task: _, ...others } = params
  return { ...request, params: others }
}

/** T4, T5: a tool says whether it may, must or must not be a task. */
function checkTaskSupport(entry: CatalogEntry | undefined, isTask: boolean): void {
  const { taskSupport, name } = entry ?? {}
  if (taskSupport === 'forbidden' && isTask) {
    throw new RpcError(RPC.methodNotFound, `The tool '${name}' does not run as a task; call it without 'task'.`)
  }
  if (taskSupport === 'required' && !isTask) {
    throw new RpcError(RPC.methodNotFound, `The tool '${name}' runs as a task only; call it with 'task'.`)
  }
}

async function getTask(deps: Deps, { request, looked, viewer }: MethodCall): Promise<Answer> {
  const { taskId } = legacy.parseParams('tasks/get', request)
  const task = await (looked ?? deps.engine.inspect(viewer.principal, taskId))
  if (task.status === 'input_required' && canBeAsked(viewer, task)) await offerQuestions(deps, task, viewer.session)
  return result(legacy.toLegacyTask(task, deps.settings.pollIntervalMs))
}

/** A client that polls a task is there to be asked: questions that no stream shows go to its session's. */
async function offerQuestions({ delivery, engine }: Deps, task: Task, session: Session): Promise<void> {
  if (await delivery.isShown(task.id)) return
  await engine.adopt(task, session.id)
}

const lookUp = (methods: Readonly<Record<string, Method>>, name: string): Method | undefined =>
  Object.hasOwn(methods, name) ? methods[name] : undefined
