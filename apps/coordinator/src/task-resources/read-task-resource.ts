import { resourceNotFound } from '@longhaul/protocol'
import {
  type FinishedTask,
  type JournalEntry,
  type JsonObject,
  type LeftOut,
  LonghaulError,
  type ModelAnswer,
  type Principal,
  renderWhole,
  type Spending,
  sumSpending,
  type Task,
  type TaskEvent,
} from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { describeTask } from '../task-tools/describe-task.ts'
import { PARTS, type TaskResource } from './task-resource.ts'

/**
 * The contents behind the URI, as of now.
 * @throws LonghaulError `resource_not_found` where the principal may not read the task; `too_large`
 */
export async function readTaskResource(
  deps: Deps,
  principal: Principal,
  { uri, ...resource }: TaskResource & { readonly uri: string },
): Promise<JsonObject> {
  const task = await findTask(deps, principal, { uri, ...resource })
  const text = await render(deps, task, resource)
  const bytes = Buffer.byteLength(text)
  const { maxResultBytes } = deps.settings
  if (bytes > maxResultBytes) {
    const message = `The ${resource.part} is ${bytes} bytes; the most is ${maxResultBytes} (LONGHAUL_MAX_RESULT_BYTES).`
    throw new LonghaulError('too_large', message)
  }
  return { contents: [{ uri, mimeType: PARTS[resource.part].mimeType, text }] }
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

async function render({ engine, eventLog }: Deps, task: Task | FinishedTask, { part }: TaskResource): Promise<string> {
  switch (part) {
    case 'result': {
      const questions = task.status === 'input_required' ? await engine.openQuestions(task) : []
      const { content, structuredContent } = describeTask(task, questions)
      return JSON.stringify({ ...Object(structuredContent), content })
    }
    case 'transcript':
      return JSON.stringify({ taskId: task.id, ...toTranscript(await engine.readJournal(task)) })
    case 'log':
      return (await eventLog.read(task.id, 0)).map(toLine).join('')
  }
}

/**
 * The whole conversation that the newest model step continued, with its answer; what of it the model does not see any
 * more; and what all model steps took.
 */
function toTranscript(
  journal: readonly JournalEntry[],
): { readonly messages: readonly object[]; readonly leftOut?: readonly LeftOut[] } & Spending {
  const turns = journal.flatMap((entry) => (entry.type === 'value' && entry.said ? { ...entry, said: entry.said } : []))
  const answers = turns.map(({ value }) => value as unknown as ModelAnswer)
  const newest = turns.findLast(({ said }) => !said.messages.some((part) => 'recap' in part))
  if (!newest) return { messages: [] }
  const { role, content } = Object(newest.value)
  const { messages, leftOut } = renderWhole(newest.said, journal)
  return {
    messages: [...messages, { role, content }],
    ...(leftOut.length > 0 && { leftOut }),
    ...sumSpending(answers),
  }
}

function toLine({ at, seq: _, type, ...facts }: TaskEvent): string {
  return `${new Date(at).toISOString()} ${type} ${JSON.stringify(facts)}\n`
}
