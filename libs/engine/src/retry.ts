import {
  type CatalogEntry,
  type FinishedTask,
  headOfTool,
  LonghaulError,
  newTaskId,
  type Principal,
  type Task,
  type TaskHead,
  toRetried,
} from '@longhaul/task'
import { inspectOutcome } from './inspect.ts'
import type { EnginePorts } from './ports.ts'
import { taken } from './submit.ts'
import { tooManyOfOwner } from './too-many.ts'
import { findUnderUndo } from './under-undo.ts'
import { describeUndo } from './undo.ts'
import { wake } from './wake.ts'

/**
 * Makes a new task of one that failed or was cancelled: it has the good steps of that one, and does the rest again. Where
 * what that one had done was undone, it begins from the start, under new idempotency keys. It is the same owner's. A task
 * is retried once: who asks again is given the task that the first retry made.
 * @throws LonghaulError `task_not_found`, `task_not_retriable`, `tool_not_found`, `too_many_tasks`
 */
export async function retry(ports: EnginePorts, principal: Principal, taskId: string): Promise<Task> {
  const { store, catalog } = ports
  const old = await inspectOutcome(ports, principal, taskId, 'tasks:admin')
  checkRetriable(old)
  const entry = await catalog.find(old.head.tool)
  if (!entry) throw new LonghaulError('tool_not_found', `No worker has the tool '${old.head.tool}' at the moment.`)
  await checkUndone(ports, old)
  // After that: what it had not heard of is put on its record together with the undo.
  const remains = await store.readRemains(taskId)
  if (!remains) throw new LonghaulError('task_not_retriable', 'The task was removed just now.')

  const { args } = remains
  const { isFromStart, retried } = toRetried(old, remains)
  const id = newTaskId(old.head.owner)
  const head = toHead(old, { entry, principal, isFromStart })
  const creation = await store.create({
    id,
    head,
    args,
    ...(entry.pin && { pin: entry.pin }),
    idempotency: { key: `retry of ${taskId}`, payload: 'retry' },
    ...(old.session && { session: old.session }),
    ...(retried && { retried }),
  })
  switch (creation.kind) {
    case 'known':
      return taken(ports, creation.taskId)
    case 'too_many':
      throw tooManyOfOwner(ports.settings)
    case 'conflict':
      throw new LonghaulError('idempotency_conflict', `The idempotency key 'retry of ${taskId}' is taken.`)
    case 'created':
    case 'exists':
      await wake(ports, id, head)
      return taken(ports, id)
  }
}

function checkRetriable(task: Task | FinishedTask): asserts task is FinishedTask {
  const refuse = (message: string) => new LonghaulError('task_not_retriable', message)
  if (!('outcome' in task)) throw refuse(`The task is ${task.status}. Only one that is over can be retried.`)
  const { lineage } = task.head
  if (lineage)
    throw refuse(`The task was called by another one. Retry the one that was submitted, ${lineage.ancestors[0]}.`)
  if (task.status === 'completed' && !task.isError) throw refuse('The task succeeded. There is nothing to retry.')
}

/** @throws LonghaulError while what it had done, or a task below it, is being undone */
async function checkUndone(ports: EnginePorts, old: FinishedTask): Promise<void> {
  const one = await findUnderUndo(ports, old)
  if (!one) return
  const what = describeUndo(one, one === old ? 'it' : `the task ${one.id} below it`)
  throw new LonghaulError('task_not_retriable', `${what}. Retry it when that is over.`)
}

interface Retrying {
  readonly entry: CatalogEntry
  readonly principal: Principal
  readonly isFromStart: boolean
}

/** As it was submitted, for the tool as it is now. Its first start may have been put off; a retry is meant now. */
function toHead(old: FinishedTask, { entry, principal: { clientId }, isFromStart }: Retrying): TaskHead {
  const { call, startAt, origin, isFromStart: _i, ...kept } = old.head
  const { version: _v, pinned: _p, steerable: _s, undoable: _u, effectsStay: _e, ...head } = kept
  return {
    ...head,
    ...headOfTool(entry),
    ...(clientId && { clientId }),
    createdAt: Date.now(),
    retriedFrom: old.id,
    ...(isFromStart ? { isFromStart } : { origin: origin ?? old.id }),
  }
}
