import { type CatalogEntry, LonghaulError, type Reply, type Settings, type ToolResult, toolError } from '@longhaul/task'
import { z } from 'zod'
import type { Deps } from '../deps.ts'
import { isUnavailable } from '../is-unavailable.ts'
import { mostWaitMs } from './handle.ts'
import { listAskingTasks, listTasks } from './list.ts'
import { look, waitAndLook } from './look.ts'
import { defineTaskTool, type TaskTool, type TaskToolCall } from './task-tool.ts'

const TASK_ID = z.string().describe('Id of the task, as the call that started it, or list_tasks, gave it.')
const READS = { readOnlyHint: true, openWorldHint: false }
const REVERSIBLE = { readOnlyHint: false, destructiveHint: false, idempotentHint: true, openWorldHint: false }

/** The tools by which a client that knows no tasks finishes the job that a call has begun. */
const TASK_TOOLS: readonly TaskTool[] = [
  defineTaskTool({
    name: 'get_task',
    title: 'Look at a task',
    description:
      'Tells how a long-running task stands: its status, progress, open questions, and its result once it is over. ' +
      'Returns at once. To wait for the end of a task call wait_for_task instead of calling this again and again.',
    input: z.object({ taskId: TASK_ID }),
    annotations: READS,
    run: (deps, { taskId }, { principal }) => look(deps, principal, taskId),
  }),
  defineTaskTool({
    name: 'wait_for_task',
    title: 'Wait for a task',
    description:
      'Waits until a long-running task is over or asks something, up to a time limit, and tells how it stands then, with ' +
      'its result once it is over. Use it after a call that said that its work goes on as a task. When the time limit is ' +
      'reached the task still goes on: call this again, or do something else and come back later.',
    input: z.object({
      taskId: TASK_ID,
      timeoutSeconds: z
        .number()
        .min(0)
        .optional()
        .describe('How long to wait at the most. The server has a limit of its own, usually 45 seconds.'),
    }),
    annotations: READS,
    run: (deps, { taskId, timeoutSeconds = Number.POSITIVE_INFINITY }, { principal, isGone }) => {
      const ms = Math.min(timeoutSeconds * 1000, mostWaitMs(deps.settings))
      return waitAndLook(deps, { principal, taskId, ms, isGone })
    },
  }),
  defineTaskTool({
    name: 'list_tasks',
    title: 'List tasks',
    description:
      'Lists the long-running tasks of the user, newest first: id, tool and status of each. Use it to find a task whose ' +
      'id is not at hand, for example one that was started in an earlier conversation. With asking it lists what people ' +
      'are asked whom the user may answer for, by tasks of others too where the user approves those.',
    input: z.object({
      cursor: z.string().optional().describe('nextCursor of the page before; leave it out for the first page.'),
      asking: z
        .boolean()
        .optional()
        .describe('true: only tasks that wait for an answer of a person, with what they ask, the longest wait first.'),
    }),
    annotations: READS,
    run: (deps, { cursor, asking }, { principal }) => (asking ? listAskingTasks : listTasks)(deps, principal, cursor),
  }),
  defineTaskTool({
    name: 'answer_task',
    title: 'Answer a question of a task',
    description:
      'Answers a question that a long-running task asks its user. Call it only with what the user has said, never with a ' +
      'guess of your own; ask the user first. get_task shows the open questions and the fields that an answer must have.',
    input: z.object({
      taskId: TASK_ID,
      question: z.string().describe("Key of the question, as get_task shows it, for example 'elicit#1'."),
      action: z
        .enum(['accept', 'decline', 'cancel'])
        .describe('accept: the user answers. decline: the user says no. cancel: the user does not want to decide.'),
      content: z
        .record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]))
        .optional()
        .describe('The fields of the answer, with action accept.'),
    }),
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    run: async (deps, { taskId, question: key, action, content }, { principal }) => {
      const answer: Reply = { kind: 'answer', answer: { action, ...(content && { content }) } }
      await deps.engine.answer(principal, {
        taskId,
        key,
        reply: ({ method }) => (method === 'elicitation/create' ? answer : NOT_FOR_PEOPLE),
      })
      return look(deps, principal, taskId)
    },
  }),
  defineTaskTool({
    name: 'steer_task',
    title: 'Send a message to a task',
    description:
      'Sends a message to the agent that runs as a long-running task: the next call of its model contains it, as a message ' +
      'of the user. Use it to correct or to inform an agent without ending it; to answer its questions call answer_task.',
    input: z.object({ taskId: TASK_ID, message: z.string().describe('What the agent should hear.') }),
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
    run: async (deps, { taskId, message }, { principal }) => {
      await deps.engine.steer(principal, { taskId, message })
      return look(deps, principal, taskId)
    },
  }),
  defineTaskTool({
    name: 'pause_task',
    title: 'Pause a task',
    description:
      'Stops a long-running task at its next step, with all that it has called, until resume_task lets it go on. What is ' +
      'under way is finished first, and nothing is undone. Its questions can still be answered.',
    input: z.object({ taskId: TASK_ID }),
    annotations: REVERSIBLE,
    run: async (deps, { taskId }, { principal }) => {
      await deps.engine.pause(principal, taskId)
      return look(deps, principal, taskId)
    },
  }),
  defineTaskTool({
    name: 'resume_task',
    title: 'Resume a task',
    description: 'Lets a paused long-running task go on, with all that it has called.',
    input: z.object({ taskId: TASK_ID }),
    annotations: REVERSIBLE,
    run: async (deps, { taskId }, { principal }) => {
      await deps.engine.resume(principal, taskId)
      return look(deps, principal, taskId)
    },
  }),
  defineTaskTool({
    name: 'cancel_task',
    title: 'Cancel a task',
    description:
      'Ends a long-running task for good. What it has done is not undone, unless it is a workflow that says how. Use it when the user asks for it.',
    input: z.object({ taskId: TASK_ID }),
    annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    run: async (deps, { taskId }, { principal }) => {
      await deps.engine.cancel(principal, taskId)
      return look(deps, principal, taskId)
    },
  }),
]

const NOT_FOR_PEOPLE: Reply = {
  kind: 'malformed',
  reason: 'it is a question for the model of the client, not for a person',
}
const BY_NAME: ReadonlyMap<string, TaskTool> = new Map(TASK_TOOLS.map((tool) => [tool.entry.name, tool]))

/**
 * What is listed, in the order of the names: the tools of the catalog, and those about tasks; a tool of a project hides
 * one of its name.
 */
export function listedTools(entries: readonly CatalogEntry[], { taskTools }: Settings): readonly CatalogEntry[] {
  const tools = entries.filter(({ as }) => as === undefined)
  if (taskTools === 'hidden') return tools
  const names = new Set(tools.map(({ name }) => name))
  const others = TASK_TOOLS.map(({ entry }) => entry).filter(({ name }) => !names.has(name))
  return [...tools, ...others].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** The tool about tasks of this name, unless a project has one of that name. */
export async function findTaskTool({ catalog, settings }: Deps, name: string): Promise<TaskTool | undefined> {
  const tool = settings.taskTools === 'hidden' ? undefined : BY_NAME.get(name)
  return tool && !(await catalog.find(name)) ? tool : undefined
}

/** What the tool gives; a mistake of its caller is a result that its model sees. @throws LonghaulError `store_unavailable` */
export async function runTaskTool(deps: Deps, tool: TaskTool, call: TaskToolCall): Promise<ToolResult> {
  try {
    return await tool.run(deps, call)
  } catch (error) {
    if (isUnavailable(error) || !(error instanceof LonghaulError)) throw error
    return toolError(error.message)
  }
}
