import { modern } from '@longhaul/protocol'
import type { FinishedTask, JsonObject, Task } from '@longhaul/task'
import { LonghaulError } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import type { Answer } from './answer.ts'
import { type Client, lackingFor } from './client.ts'
import type { ModernCall } from './methods.ts'
import { SERVER_INFO } from './server-info.ts'
import { takeResponses } from './take-responses.ts'

export async function getTask(deps: Deps, { request, client }: ModernCall): Promise<Answer> {
  const { taskId } = modern.parseParams('tasks/get', request)
  const task = await deps.engine.inspectOutcome(client.principal, taskId)
  return complete(await detail(deps, client, task))
}

/** Acknowledged once the answers are taken, so that the next look no longer shows their questions (U22 to U28). */
export async function updateTask(deps: Deps, { request, client }: ModernCall): Promise<Answer> {
  const { taskId, inputResponses } = modern.parseParams('tasks/update', request)
  await takeResponses(deps, client, {
    taskId,
    keys: Object.keys(inputResponses),
    responses: inputResponses as JsonObject,
  })
  // Where nothing was given to it, nobody has asked yet whether there is such a task.
  if (Object.keys(inputResponses).length === 0) await deps.engine.inspect(client.principal, taskId)
  return complete({})
}

/** Acknowledged for every task that there is, over or not (U29). */
export async function cancelTask(deps: Deps, { request, client }: ModernCall): Promise<Answer> {
  const { taskId } = modern.parseParams('tasks/cancel', request)
  await deps.engine.cancel(client.principal, taskId).catch((error: unknown) => {
    if (!(error instanceof LonghaulError) || error.code !== 'task_finished') throw error
  })
  return complete({})
}

/**
 * A task as tasks/get and notifications/tasks tell it, with all that it asks.
 * @throws RpcError -32021 when it asks what this client cannot answer (U39)
 */
export async function detail(deps: Deps, client: Client, task: Task | FinishedTask): Promise<JsonObject> {
  const { engine, settings } = deps
  const { pollIntervalMs } = settings
  const asked = task.status === 'input_required' ? await engine.openQuestions(task) : []
  // The last answer came since the task was read: what is told is of one moment.
  if (task.status === 'input_required' && asked.length === 0) {
    return detail(deps, client, await engine.inspectOutcome(client.principal, task.id))
  }
  for (const question of asked) {
    const lacking = lackingFor(client, question)
    if (lacking) throw modern.missingCapabilities(lacking)
  }
  return modern.toDetailedTask(task, { pollIntervalMs, inputRequests: modern.toInputRequests(asked) })
}

const complete = (result: JsonObject): Answer => ({ kind: 'result', result: modern.toComplete(result, SERVER_INFO) })
