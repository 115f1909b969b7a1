import { modern } from '@longhaul/protocol'
import type { FinishedTask, JsonObject, Task } from '@longhaul/task'
import { LonghaulError } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { type Client, lackingFor } from './client.ts'
import type { Answer, MethodCall } from './method.ts'
import { SERVER_INFO } from './server-info.ts'
import { takeResponses } from './take-responses.ts'

export async function getTask(deps: Deps, { request, client }: MethodCall): Promise<Answer> {
  const { taskId } = modern.parseParams('tasks/get', request)
  const task = await deps.engine.inspectOutcome(client.principal, taskId)
  return complete(await detail(deps, client, task))
}

/** Acknowledged once the answers are taken, so that the next look no longer shows their questions (U22 to U28). */
export async function updateTask(deps: Deps, { request, client }: MethodCall): Promise<Answer> {
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
export async function cancelTask(deps: Deps, { request, client }: MethodCall): Promise<Answer> {
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
export async function detail(deps: Deps, client: Client, given: Task | FinishedTask): Promise<JsonObject> {
  const { pollIntervalMs } = deps.settings
  const { task, asked } = await ofOneMoment(deps, client, given)
  for (const question of asked) {
    const lacking = lackingFor(client, question)
    if (lacking) throw modern.missingCapabilities(lacking)
  }
  return modern.toDetailedTask(task, { pollIntervalMs, inputRequests: modern.toInputRequests(asked) })
}

/** A task with what it asks. */
async function ofOneMoment({ engine }: Deps, { principal }: Client, given: Task | FinishedTask) {
  const questionsOf = async (task: Task) => (task.status === 'input_required' ? engine.openQuestions(task) : [])
  const asked = await questionsOf(given)
  if (given.status !== 'input_required' || asked.length > 0) return { task: given, asked }
  // The last answer came since the task was read.
  const task = await engine.inspectOutcome(principal, given.id)
  const now = await questionsOf(task)
  // Or who asked has ended, and the task has not been told yet: then nobody is asked anything.
  const isWorking = task.status === 'input_required' && now.length === 0
  return { task: isWorking ? { ...task, status: 'working' as const } : task, asked: now }
}

const complete = (result: JsonObject): Answer => ({ kind: 'result', result: modern.toComplete(result, SERVER_INFO) })
