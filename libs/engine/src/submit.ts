import {
  type CatalogEntry,
  headOfTool,
  LonghaulError,
  lowerBudget,
  newTaskId,
  type Outcome,
  type Settings,
  type Task,
  type TaskDraft,
  type TaskHead,
  taskNotFound,
  toolError,
} from '@longhaul/task'
import { checkSubmission } from './check-submission.ts'
import { findFault } from './find-fault.ts'
import { hashPayload } from './payload-hash.ts'
import type { EnginePorts } from './ports.ts'
import type { Submission } from './submission.ts'
import { tooManyInAll, tooManyOfOwner } from './too-many.ts'
import { wake } from './wake.ts'

/**
 * Makes a task of a call and sets it going. Arguments that do not fit the tool's schema make a task that has failed
 * with the reason, since that is an answer for the model that wrote them.
 * @returns the new task, or the one that the owner has under the idempotency key
 * @throws LonghaulError `tool_not_found`, `client_cannot_answer`, `too_large`, `submission_invalid`,
 *   `idempotency_conflict`, `too_many_tasks` with `data.retryAfterMs`, `store_unavailable`; `arguments_invalid` where it is
 *   no call of a tool
 */
export async function submit(ports: EnginePorts, submission: Submission): Promise<Task> {
  const { store, catalog, settings } = ports
  const { serves } = submission
  const entry = await catalog.find(submission.tool)
  // What is exposed as something else is no tool, and a tool is nothing else.
  if (!entry || (entry.as === undefined) !== (serves === undefined)) {
    throw new LonghaulError('tool_not_found', `Unknown tool: ${submission.tool}`)
  }
  checkSubmission(submission, entry, settings)
  if (ports.openTasks.total() >= settings.maxOpenTasks) throw tooManyInAll(ports.openTasks.total(), settings)

  const { principal, call, args, idempotencyKey } = submission
  const head = toHead(entry, submission, settings)
  const id = newTaskId(principal.owner)
  const fault = findFault(entry, args)
  // Only a tool is called by a model that should read what is wrong.
  if (fault !== undefined && serves) throw new LonghaulError('arguments_invalid', fault)
  const outcome: Outcome | undefined = fault === undefined ? undefined : { kind: 'result', result: toolError(fault) }
  const isRunnable = !outcome && head.startAt === undefined
  const wakeIt = () => wake(ports, id, head)
  const draft: TaskDraft = {
    id,
    head,
    args,
    ...(entry.pin && { pin: entry.pin }),
    ...(idempotencyKey !== undefined && {
      idempotency: { key: idempotencyKey, payload: hashPayload(entry.name, args) },
    }),
    ...(call && { session: call.session }),
    ...(outcome && { outcome }),
  }
  const creation = await store.create(draft, isRunnable ? wakeIt : undefined)
  switch (creation.kind) {
    case 'known':
      return taken(ports, creation.taskId)
    case 'conflict':
      throw new LonghaulError(
        'idempotency_conflict',
        `There is a task of another tool or other arguments under the idempotency key '${idempotencyKey}'. Use another key.`,
      )
    case 'too_many':
      throw tooManyOfOwner(settings)
    case 'created':
    case 'exists': // The id is random: the command came twice, since the connection broke before its answer.
      if (isRunnable && !creation.isWoken) await wakeIt()
  }
  // What the store says of a task that has just begun is known.
  if (!isRunnable) return taken(ports, id)
  return {
    id,
    head,
    status: 'working',
    isError: false,
    updatedAt: head.createdAt,
    seq: 1,
    ...(call && { session: call.session }),
  }
}

/** Clients are told how long a task is really kept: whatever they ask for, as long as one is that ends at once. */
const ttlOf = ({ ttlMs }: Submission, { defaultTtlMs, maxTtlMs, resultRetentionMs }: Settings): number =>
  Math.max(Math.min(ttlMs ?? defaultTtlMs, maxTtlMs), resultRetentionMs)

function toHead(entry: CatalogEntry, submission: Submission, settings: Settings): TaskHead {
  const { principal, audience, call, priority = settings.defaultPriority, startAt = 0, serves, trace } = submission
  const createdAt = Date.now()
  const ofTool = entry.timeoutMs ?? settings.taskTimeoutMs
  const timeoutMs = Math.min(submission.timeoutMs ?? ofTool, ofTool || Number.POSITIVE_INFINITY)
  const budget = lowerBudget(entry.budget, submission.budget)
  return {
    tool: entry.name,
    ...headOfTool(entry),
    owner: principal.owner,
    ...(principal.clientId && { clientId: principal.clientId }),
    createdAt,
    ttlMs: serves ? 0 : ttlOf(submission, settings),
    audience,
    ...(call && { call }),
    ...(serves && { serves }),
    ...(trace && { trace }),
    ...(priority > 0 && { priority }),
    ...(startAt > createdAt && { startAt: Math.ceil(startAt) }),
    ...(timeoutMs > 0 && { timeoutMs }),
    ...(budget && { budget }),
  }
}

/** The task as the store has it. It cannot be gone: a record is removed long after its end. */
export async function taken({ store }: EnginePorts, taskId: string): Promise<Task> {
  const task = await store.read(taskId)
  if (!task) throw taskNotFound()
  return task
}
