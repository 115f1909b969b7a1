import {
  ONE_START,
  parseAnswer,
  parseTraceContext,
  SUBMISSION_SHAPE,
  toSubmissionOptions,
  toTaskView,
} from '@longhaul/protocol'
import type { Audience, JsonObject, Reply, Task } from '@longhaul/task'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { toPublicPath } from '../public-path.ts'
import { viewAsking, viewTask, viewTasks, viewTree } from '../view-task.ts'
import { idempotencyKeyIn } from './idempotency-key.ts'
import { defineOperation, type Operation } from './operation.ts'
import { answerWithSubmitted, answerWithTask, PREFER } from './preferred-wait.ts'
import { TASK, TASK_PAGE, TASK_TREE } from './schemas.ts'

export const TASK_PARAMS = z.object({ taskId: z.string() })

/** People are asked by whoever looks at the task; there is no model to lend. */
const AUDIENCE: Audience = { sampling: 'none', elicitation: true, url: true }
const NOT_FOR_PEOPLE: Reply = {
  kind: 'malformed',
  reason: 'it is a question for the model of a client, or for the client itself',
}

/** One that says no more than whether it was asked for. */
const FLAG = z.enum(['true', 'false']).optional()

const locationOf = ({ id }: Task, { settings }: Deps) => ({ location: toPublicPath(`/v1/tasks/${id}`, settings) })

export const TASK_OPERATIONS: readonly Operation[] = [
  defineOperation({
    id: 'submitTask',
    method: 'POST',
    path: '/v1/tasks',
    summary: 'Call a tool',
    description:
      'The call becomes a task, which is answered at once. Arguments that do not fit the tool make a task that is over at once, and whose result says what is wrong (`isError`).',
    headers: {
      ...PREFER,
      'idempotency-key':
        'Names the task among yours: sent again with the same call it is that task, and no second one. With quotes or without.',
    },
    body: z
      .strictObject({
        tool: z.string(),
        arguments: z.record(z.string(), z.unknown()).default({}),
        ttlMs: z.int().min(0).optional().describe('How long the task is kept, in milliseconds from its creation.'),
        ...SUBMISSION_SHAPE,
      })
      .refine(ONE_START.isKept, ONE_START.fault),
    answers: { 200: TASK, 202: TASK },
    run: async (deps, { body }, caller) => {
      const { principal, headers } = caller
      const { tool, arguments: args, ttlMs, ...options } = body
      const idempotencyKey = idempotencyKeyIn(headers)
      const task = await deps.engine.submit({
        principal,
        tool,
        args: args as JsonObject,
        audience: AUDIENCE,
        ...(ttlMs !== undefined && { ttlMs }),
        ...(idempotencyKey !== undefined && { idempotencyKey }),
        ...toSubmissionOptions(options),
        trace: parseTraceContext(undefined, headers),
      })
      const answer = await answerWithSubmitted(deps, task, caller)
      return { ...answer, headers: { ...answer.headers, ...locationOf(task, deps) } }
    },
  }),
  defineOperation({
    id: 'listTasks',
    method: 'GET',
    path: '/v1/tasks',
    summary: 'List tasks, a page at a time',
    query: z.strictObject({
      cursor: z.string().optional().describe('`nextCursor` of the page before.'),
      asking: FLAG.describe(
        'true: those that ask people what you may answer, of others too where you may; the longest wait first. Else your own, newest first.',
      ),
    }),
    answers: { 200: TASK_PAGE },
    run: async ({ engine }, { query: { cursor, asking } }, { principal }) => {
      const body =
        asking === 'true'
          ? viewAsking(await engine.listAsking(principal, cursor))
          : viewTasks(await engine.list(principal, cursor))
      return { status: 200, body }
    },
  }),
  defineOperation({
    id: 'getTask',
    method: 'GET',
    path: '/v1/tasks/{taskId}',
    summary: 'Look at a task',
    description: 'With its outcome once it is over, what it asks, and how its budgets stand.',
    params: TASK_PARAMS,
    headers: PREFER,
    answers: { 200: TASK },
    run: async (deps, { params: { taskId } }, caller) => ({
      ...(await answerWithTask(deps, taskId, caller)),
      status: 200,
    }),
  }),
  defineOperation({
    id: 'getTaskTree',
    method: 'GET',
    path: '/v1/tasks/{taskId}/tree',
    summary: 'The task, and all below it that it has called, oldest first',
    params: TASK_PARAMS,
    answers: { 200: TASK_TREE },
    run: async (deps, { params: { taskId } }, { principal }) => ({
      status: 200,
      body: await viewTree(deps, principal, taskId),
    }),
  }),
  defineOperation({
    id: 'answerTask',
    method: 'POST',
    path: '/v1/tasks/{taskId}/answers',
    summary: 'Answer a question of a task',
    description: 'The first answer that fits is taken.',
    params: TASK_PARAMS,
    body: z.strictObject({
      question: z.string().describe('Its `key`.'),
      action: z.enum(['accept', 'decline', 'cancel']),
      content: z.record(z.string(), z.unknown()).optional().describe('With `accept`: what its `fields` ask for.'),
    }),
    answers: { 200: TASK },
    run: async (deps, { params: { taskId }, body: { question: key, ...response } }, { principal }) => {
      await deps.engine.answer(principal, {
        taskId,
        key,
        reply: ({ method }) => (method === 'elicitation/create' ? parseAnswer(method, response) : NOT_FOR_PEOPLE),
      })
      return { status: 200, body: await viewTask(deps, principal, taskId) }
    },
  }),
  defineOperation({
    id: 'cancelTask',
    method: 'POST',
    path: '/v1/tasks/{taskId}/cancel',
    summary: 'End a task, and all that it has called',
    params: TASK_PARAMS,
    body: z.strictObject({ reason: z.string().max(1000).optional() }),
    answers: { 200: TASK },
    run: async (deps, { params: { taskId }, body: { reason } }, { principal }) => {
      await deps.engine.cancel(principal, taskId, reason)
      return { status: 200, body: await viewTask(deps, principal, taskId) }
    },
  }),
  defineOperation({
    id: 'pauseTask',
    method: 'POST',
    path: '/v1/tasks/{taskId}/pause',
    summary: 'Stop a task at its next step, with all that it has called',
    params: TASK_PARAMS,
    answers: { 200: TASK },
    run: async (deps, { params: { taskId } }, { principal }) => {
      await deps.engine.pause(principal, taskId)
      return { status: 200, body: await viewTask(deps, principal, taskId) }
    },
  }),
  defineOperation({
    id: 'resumeTask',
    method: 'POST',
    path: '/v1/tasks/{taskId}/resume',
    summary: 'Let a paused task go on',
    params: TASK_PARAMS,
    answers: { 200: TASK },
    run: async (deps, { params: { taskId } }, { principal }) => {
      await deps.engine.resume(principal, taskId)
      return { status: 200, body: await viewTask(deps, principal, taskId) }
    },
  }),
  defineOperation({
    id: 'steerTask',
    method: 'POST',
    path: '/v1/tasks/{taskId}/messages',
    summary: 'Send a message to the agent of a task',
    description: 'The next call of its model contains it.',
    params: TASK_PARAMS,
    headers: {
      'idempotency-key': 'Names the message among those of the task, so that sending it again makes no second one.',
    },
    body: z.strictObject({ message: z.string() }),
    answers: { 200: TASK },
    run: async (deps, { params: { taskId }, body: { message } }, { principal, headers }) => {
      const key = idempotencyKeyIn(headers)
      await deps.engine.steer(principal, { taskId, message, ...(key !== undefined && { key }) })
      return { status: 200, body: await viewTask(deps, principal, taskId) }
    },
  }),
  defineOperation({
    id: 'retryTask',
    method: 'POST',
    path: '/v1/tasks/{taskId}/retry',
    summary: 'Make a new task of one that failed',
    description: 'It begins with the steps that went well. A task is retried once: asked again, this is that retry.',
    params: TASK_PARAMS,
    answers: { 202: TASK },
    run: async (deps, { params: { taskId } }, { principal }) => {
      const task = await deps.engine.retry(principal, taskId)
      return { status: 202, body: toTaskView(task), headers: locationOf(task, deps) }
    },
  }),
]
