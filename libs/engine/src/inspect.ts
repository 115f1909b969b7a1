import {
  type Conversation,
  type FinishedTask,
  isTaskId,
  mayAccess,
  type Owner,
  type Page,
  type Principal,
  type QuestionWait,
  type RelayedWait,
  renderTranscript,
  rootOf,
  type Scope,
  type Task,
  taskNotFound,
  type Wait,
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

/** The same of another owner; none where the principal may not read them. @throws LonghaulError `cursor_invalid` */
export async function listOf(ports: EnginePorts, principal: Principal, { owner, cursor }: OwnersPage): Promise<Page> {
  return mayAccess(principal, owner, 'tasks:read') ? list(ports, { owner, scopes: [] }, cursor) : { tasks: [] }
}

export interface OwnersPage {
  readonly owner: Owner
  readonly cursor?: string
}

/** An open question; a sampling question with the conversation that it continues. */
export interface OpenQuestion {
  /** Its key is that under which the task shows it. */
  readonly wait: QuestionWait
  readonly conversation?: Conversation
  /** The task below, and its key there, where it is one of those that asks. */
  readonly asker?: { readonly taskId: string; readonly key: string }
}

/** What the task, or one below it, waits to be told, in the order in which it was asked. The caller has inspected the task. */
export const openQuestions = (ports: EnginePorts, task: Task): Promise<readonly OpenQuestion[]> =>
  findQuestions(ports, task, isQuestion)

/** Those of them that are for people: forms, and pages to open. */
export const questionsForPeople = (ports: EnginePorts, task: Task): Promise<readonly OpenQuestion[]> =>
  findQuestions(
    ports,
    task,
    (wait): wait is QuestionWait => isQuestion(wait) && wait.question.method === 'elicitation/create',
  )

type IsWanted = (wait: Wait) => wait is QuestionWait

async function findQuestions({ store }: EnginePorts, task: Task, isWanted: IsWanted): Promise<readonly OpenQuestion[]> {
  const waits = await store.readWaits(task.id)
  const own = await withConversations(store, task.id, waits.filter(isWanted))
  const relayed = waits.filter((wait) => wait.wait === 'relayed')
  const askers = Map.groupBy(relayed, ({ asker }) => asker)
  const below = await Promise.all(
    [...askers].map(([asker, shown]) => questionsBelow(store, { asker, shown, isWanted })),
  )
  return [...own, ...below.flat()].sort(
    ({ wait: a }, { wait: b }) => a.at - b.at || a.key.localeCompare(b.key, 'en', { numeric: true }),
  )
}

/** Those questions of a task that one above it shows, under the keys under which it does. */
async function questionsBelow(
  store: EnginePorts['store'],
  {
    asker,
    shown,
    isWanted,
  }: { readonly asker: string; readonly shown: readonly RelayedWait[]; readonly isWanted: IsWanted },
): Promise<readonly OpenQuestion[]> {
  const keys = new Map(shown.map(({ asked, key }) => [asked, key]))
  const waits = (await store.readWaits(asker)).filter(isWanted).filter(({ key }) => keys.has(key))
  const questions = await withConversations(store, asker, waits)
  return questions.map(({ wait, ...rest }) => ({
    ...rest,
    wait: { ...wait, key: keys.get(wait.key) ?? wait.key },
    asker: { taskId: asker, key: wait.key },
  }))
}

async function withConversations(
  store: EnginePorts['store'],
  taskId: string,
  waits: readonly QuestionWait[],
): Promise<readonly OpenQuestion[]> {
  if (!waits.some(({ question }) => question.method === 'sampling/createMessage'))
    return waits.map((wait) => ({ wait }))
  const journal = await store.readJournal(taskId)
  return waits.map((wait) =>
    wait.question.method === 'sampling/createMessage'
      ? { wait, conversation: renderTranscript(wait.question.said, { taskId, journal }) }
      : { wait },
  )
}

const isQuestion = (wait: Wait): wait is QuestionWait => wait.wait === 'question'

/** All tasks below a task, at any level, oldest first. */
export async function inspectBelow(ports: EnginePorts, principal: Principal, taskId: string): Promise<readonly Task[]> {
  const task = await inspect(ports, principal, taskId)
  const tree = await ports.store.readBelow(rootOf(task))
  return tree.filter(({ head }) => head.lineage?.ancestors.includes(task.id))
}

function allowed<T extends Task>(task: T | undefined, principal: Principal, scope: Scope): T {
  if (!task || !mayAccess(principal, task.head.owner, scope)) throw taskNotFound()
  return task
}
