import {
  codeVersionOf,
  isOutcome,
  type Task,
  type TaskHead,
  type TaskStore,
  toWakeUp,
  undoTaskId,
  type WakeUps,
  wholeRecords,
} from '@longhaul/task'

/**
 * Makes the task that undoes what one had done that was ended from outside. It runs the same code over the same journal,
 * under the same idempotency keys. Harmless when it is done twice: its id follows from the other's.
 */
export async function submitUndo(
  { store, wakeUps }: { readonly store: TaskStore; readonly wakeUps: WakeUps },
  task: Task,
): Promise<void> {
  const remains = await store.readRemains(task.id)
  // Without an outcome on record it had done nothing.
  if (!remains?.journal.some(isOutcome)) return
  const { args, journal, isBroken } = remains
  const id = undoTaskId(task.id)
  const version = codeVersionOf(task.head, journal)
  const head = { ...toHead(task), ...(version !== undefined && { version }) }
  const retried = { journal: wholeRecords(journal), isBroken }
  await store.create({ id, head, args, retried, ...(task.session && { session: task.session }) })
  await wakeUps.wake([toWakeUp(id, head)])
}

/** What the task that comes after the end of one from outside does, for people. */
export const describeUndo = ({ id, head }: Task, whose = 'it'): string =>
  `The task ${undoTaskId(id)} ${head.effectsStay ? `ends what ${whose} had begun elsewhere` : `undoes what ${whose} had done`}`

/** A task of its own, which may take any time and is undone by nothing. */
function toHead({ id, head: old }: Task): TaskHead {
  const { call, startAt, timeoutMs, lineage, undoable, effectsStay, isFromStart, ...head } = old
  return { ...head, createdAt: Date.now(), undoOf: id, retriedFrom: id, origin: head.origin ?? id }
}
