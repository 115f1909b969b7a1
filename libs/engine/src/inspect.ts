import {
  type Conversation,
  type FinishedTask,
  isTaskId,
  mayAccess,
  type Page,
  type Principal,
  type QuestionWait,
  renderTranscript,
  type Scope,
  type Task,
  taskNotFound,
} from '@longhaul/task'
import type { EnginePorts } from './ports.ts'

/** The task, for whoever may. @throws LonghaulError `task_not_found` for foreign ids exactly as for unknown ones */
export async function inspect(
  { store }: EnginePorts,
  principal: Principal,
  taskId: string,
  scope: Scope = 'tasks:read',
): Promise<Task> {
  const task = isTaskId(taskId) ? await store.read(taskId) : undefined
  return allowed(task, principal, scope)
}

/** Like `inspect`, with the outcome once there is one. */
export async function inspectOutcome(
  { store }: EnginePorts,
  principal: Principal,
  taskId: string,
  scope: Scope = 'tasks:read',
): Promise<Task | FinishedTask> {
  const task = isTaskId(taskId) ? await store.readOutcome(taskId) : undefined
  return allowed(task, principal, scope)
}

/** The principal's own tasks, newest first. @throws LonghaulError `cursor_invalid` */
export function list({ store, settings }: EnginePorts, principal: Principal, cursor?: string): Promise<Page> {
  return store.list(principal.owner, { limit: settings.listPageSize, ...(cursor !== undefined && { cursor }) })
}

/** An open question; a sampling question with the conversation that it continues. */
export interface OpenQuestion {
  readonly wait: QuestionWait
  readonly conversation?: Conversation
}

/** What the task waits to be told, in the order in which it was asked. The caller has inspected the task. */
export async function openQuestions({ store }: EnginePorts, task: Task): Promise<readonly OpenQuestion[]> {
  const waits = (await store.readWaits(task.id)).filter((wait) => wait.wait === 'question')
  waits.sort((a, b) => a.at - b.at || a.key.localeCompare(b.key, 'en', { numeric: true }))
  if (!waits.some(({ question }) => question.method === 'sampling/createMessage'))
    return waits.map((wait) => ({ wait }))
  const journal = await store.readJournal(task.id)
  return waits.map((wait) =>
    wait.question.method === 'sampling/createMessage'
      ? { wait, conversation: renderTranscript(wait.question.said, journal) }
      : { wait },
  )
}

function allowed<T extends Task>(task: T | undefined, principal: Principal, scope: Scope): T {
  if (!task || !mayAccess(principal, task.head.owner, scope)) throw taskNotFound()
  return task
}
