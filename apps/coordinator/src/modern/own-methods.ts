import { modern, parseAnswer, RPC, RpcError, toTaskView } from '@longhaul/protocol'
import type { JsonObject, Owner, Question, Reply } from '@longhaul/task'
import { viewAsking, viewTask, viewTasks, viewTree } from '../view-task.ts'
import type { Answer, Method } from './method.ts'
import { SERVER_INFO } from './server-info.ts'

/**
 * What MCP has no word for, or does without a word: the verbs of the command line. The rights are those of every other
 * request, and what cannot be done is an error that says why.
 */
export const OWN_METHODS: Readonly<Record<string, Method>> = {
  'longhaul/tasks/list': async ({ engine }, { request, client }) => {
    const { cursor, owner } = modern.parseParams('longhaul/tasks/list', request)
    const page = { ...(cursor !== undefined && { cursor }) }
    const listed = await (owner
      ? engine.listOf(client.principal, { owner: toOwner(owner), ...page })
      : engine.list(client.principal, cursor))
    return complete(viewTasks(listed))
  },
  'longhaul/tasks/asking': async ({ engine }, { request, client }) => {
    const { cursor } = modern.parseParams('longhaul/tasks/asking', request)
    return complete(viewAsking(await engine.listAsking(client.principal, cursor)))
  },
  'longhaul/tasks/dead': async ({ engine }, { client }) => {
    const dead = await engine.listDead(client.principal)
    return complete({ tasks: dead.map(({ task, deaths }) => ({ ...toTaskView(task), deaths })) })
  },
  'longhaul/tasks/tree': async (deps, { request, client }) => {
    const { taskId } = modern.parseParams('longhaul/tasks/tree', request)
    return complete(await viewTree(deps, client.principal, taskId))
  },
  'longhaul/tasks/get': async (deps, { request, client }) => {
    const { taskId } = modern.parseParams('longhaul/tasks/get', request)
    return complete({ task: await viewTask(deps, client.principal, taskId) })
  },
  'longhaul/tasks/events': async ({ engine, eventLog }, { request, client }) => {
    const { taskId, after = 0 } = modern.parseParams('longhaul/tasks/events', request)
    await engine.inspect(client.principal, taskId)
    return complete({ events: await eventLog.read(taskId, after) })
  },
  'longhaul/tasks/answer': async ({ engine }, { request, client }) => {
    const { taskId, question, response } = modern.parseParams('longhaul/tasks/answer', request)
    await engine.answer(client.principal, { taskId, key: question, reply: (asked) => readReply(asked, response) })
    return complete({})
  },
  'longhaul/tasks/cancel': async (deps, { request, client }) => {
    const { taskId, reason } = modern.parseParams('longhaul/tasks/cancel', request)
    await deps.engine.cancel(client.principal, taskId, reason)
    return complete({ task: await viewTask(deps, client.principal, taskId) })
  },
  'longhaul/tasks/pause': async (deps, { request, client }) => {
    const { taskId } = modern.parseParams('longhaul/tasks/pause', request)
    await deps.engine.pause(client.principal, taskId)
    return complete({ task: await viewTask(deps, client.principal, taskId) })
  },
  'longhaul/tasks/resume': async (deps, { request, client }) => {
    const { taskId } = modern.parseParams('longhaul/tasks/resume', request)
    await deps.engine.resume(client.principal, taskId)
    return complete({ task: await viewTask(deps, client.principal, taskId) })
  },
  'longhaul/tasks/steer': async (deps, { request, client }) => {
    const { taskId, message, key } = modern.parseParams('longhaul/tasks/steer', request)
    await deps.engine.steer(client.principal, { taskId, message, ...(key !== undefined && { key }) })
    return complete({ task: await viewTask(deps, client.principal, taskId) })
  },
  'longhaul/tasks/retry': async ({ engine }, { request, client }) => {
    const { taskId } = modern.parseParams('longhaul/tasks/retry', request)
    return complete({ task: toTaskView(await engine.retry(client.principal, taskId)) })
  },
}

const toOwner = ({
  issuer,
  subject,
  tenant,
}: Readonly<Record<'issuer' | 'subject', string>> & { readonly tenant?: string | undefined }): Owner => ({
  issuer,
  subject,
  ...(tenant !== undefined && { tenant }),
})

function readReply({ method }: Question, response: object): Reply {
  if (method === 'elicitation/create') return parseAnswer(method, response)
  throw new RpcError(RPC.invalidParams, 'The question is for the model of a client, or for the client itself.')
}

const complete = (result: object): Answer => ({
  kind: 'result',
  result: modern.toComplete(result as JsonObject, SERVER_INFO),
})
