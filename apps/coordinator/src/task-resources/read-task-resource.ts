import { resourceNotFound } from '@longhaul/protocol'
import {
  type FinishedTask,
  type JsonObject,
  LonghaulError,
  type Principal,
  type Task,
  type TaskEvent,
} from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { describeTask } from '../task-tools/describe-task.ts'
import { readBeside } from '../task-tools/look.ts'
import { findResult, resultContents } from './result-contents.ts'
import { PARTS, type TaskResource } from './task-resource.ts'
import { toTranscript } from './transcript.ts'

/**
 * The contents behind the URI, as of now.
 * @throws LonghaulError `resource_not_found` where the principal may not read the task; `too_large`
 */
export async function readTaskResource(
  deps: Deps,
  principal: Principal,
  { uri, ...resource }: TaskResource & { readonly uri: string },
): Promise<JsonObject> {
  const task = await findTask(deps, principal, { uri, taskId: resource.taskId })
  if (resource.part === 'results') {
    const result = findResult(await deps.engine.readJournal(task), resource.step)
    if (!result) throw resourceNotFound(uri)
    return { contents: resultContents(result, uri) }
  }
  const text = await render(deps, task, resource)
  const bytes = Buffer.byteLength(text)
  const { maxResultBytes } = deps.settings
  if (bytes > maxResultBytes) {
    const message = `The ${resource.part} is ${bytes} bytes; the most is ${maxResultBytes} (LONGHAUL_MAX_RESULT_BYTES).`
    throw new LonghaulError('too_large', message)
  }
  const { mimeType = 'text/plain' } = PARTS[resource.part]
  return { contents: [{ uri, mimeType, text }] }
}

/** @throws LonghaulError `resource_not_found`: without a right to a task there is nothing of it */
export async function findTask(
  { engine }: Deps,
  principal: Principal,
  { uri, taskId }: { readonly uri: string; readonly taskId: string },
): Promise<Task | FinishedTask> {
  const task = await engine.inspectOutcome(principal, taskId).catch((error: unknown) => {
    if (error instanceof LonghaulError && error.code === 'task_not_found') throw resourceNotFound(uri)
    throw error
  })
  if (task.head.serves) throw resourceNotFound(uri)
  return task
}

/** What a transcript has beside its messages is small beside them. */
const MESSAGES_PART = 0.9

async function render(
  { engine, eventLog, settings }: Deps,
  task: Task | FinishedTask,
  resource: Exclude<TaskResource, { readonly part: 'results' }>,
): Promise<string> {
  switch (resource.part) {
    case 'result': {
      const { content, structuredContent } = describeTask(task, await readBeside(engine, task))
      return JSON.stringify({ ...Object(structuredContent), content })
    }
    case 'transcript': {
      const journal = await engine.readJournal(task)
      const { taskId, before } = resource
      const mostBytes = settings.maxResultBytes * MESSAGES_PART
      return JSON.stringify(toTranscript({ taskId, journal, mostBytes, ...(before !== undefined && { before }) }))
    }
    case 'log':
      return (await eventLog.read(task.id, 0)).map(toLine).join('')
  }
}

function toLine({ at, seq: _, type, ...facts }: TaskEvent): string {
  return `${new Date(at).toISOString()} ${type} ${JSON.stringify(facts)}\n`
}
