import { modern, parseSubmissionMeta } from '@longhaul/protocol'
import type { JsonObject } from '@longhaul/task'
import { callOff } from '../call-off.ts'
import type { Deps } from '../deps.ts'
import { findTool } from '../exposed/find-exposed.ts'
import { withTaskTools } from '../task-tools/handle.ts'
import { findTaskTool, runTaskTool } from '../task-tools/task-tools.ts'
import type { Answer, MethodCall } from './method.ts'
import { SERVER_INFO } from './server-info.ts'

/** A call becomes a task: its handle where the request takes one, else the client waits, in rounds where it is asked. */
export async function callTool(deps: Deps, { request, client, headers, trace, isGone }: MethodCall): Promise<Answer> {
  const params = modern.parseParams('tools/call', request)
  const { name, arguments: given = {}, inputResponses, requestState, _meta } = params
  const args = given as JsonObject
  const entry = await findTool(deps.catalog, name)
  if (entry) modern.checkParamHeaders(headers, entry.inputSchema, args)
  const { principal, audience } = client
  const taskTool = await findTaskTool(deps, name)
  if (taskTool) {
    const given = await runTaskTool(deps, taskTool, { principal, args, isGone })
    return { kind: 'result', result: modern.toComplete({ ...given } as unknown as JsonObject, SERVER_INFO) }
  }
  const bound = { owner: principal.owner, tool: name, args }

  const isTask = client.takesTasks && entry?.taskSupport !== 'forbidden'
  const taskAfter = (isTask ? entry?.asksFirst : undefined) ?? []
  const held = { kind: 'held', bound, taskAfter, responses: (inputResponses ?? {}) as JsonObject } as const
  if (requestState !== undefined) {
    return { ...held, ...modern.openState(requestState, bound, await deps.secret()) }
  }
  if (entry?.taskSupport === 'required' && !isTask) throw modern.missingCapabilities(modern.TASKS_REQUIRED)
  const meta = parseSubmissionMeta(_meta)
  const task = await deps.engine.submit({
    principal,
    tool: name,
    args,
    audience: withTaskTools(audience, deps.settings),
    ...meta,
    trace,
  })
  if (!isTask || taskAfter.length > 0) return { ...held, taskId: task.id, after: task.seq, asked: [] }
  // Nobody else knows its id: a task whose creator is gone before it has the handle is nobody's (U15, R27), unless
  // there is a key to find it by.
  if (isGone() && meta.idempotencyKey === undefined)
    await callOff(deps, { principal, taskId: task.id, reason: 'The client was gone before it had the task.' })
  const created = modern.toModernTask(task, deps.settings.pollIntervalMs)
  return { kind: 'result', result: modern.toTyped('task', created, SERVER_INFO) }
}
