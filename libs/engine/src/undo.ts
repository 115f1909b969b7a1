import {
  codeVersionOf,
  isOutcome,
  type OutcomeEntry,
  parentOf,
  type Task,
  type TaskHead,
  type TaskRemains,
  type TaskStore,
  toWakeUp,
  undoTaskId,
  type WakeUps,
  wholeRecords,
} from '@longhaul/task'
import { toChildOutcome } from './child-outcome.ts'

/**
 * Makes the task that undoes what one had done that was ended from outside. It runs the same code over the same journal,
 * under the same idempotency keys. Harmless when it is done twice: its id follows from the other's.
 * @param tree that it is in, after all below it has ended; may be empty where it has called nobody
 */
export async function submitUndo(
  { store, wakeUps }: { readonly store: TaskStore; readonly wakeUps: WakeUps },
  task: Task,
  tree: readonly Task[],
): Promise<void> {
  const remains = await readWhole(store, task, tree)
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

/** What is left of it, with what its calls came to of which it had not heard when it was ended. */
async function readWhole(store: TaskStore, task: Task, tree: readonly Task[]): Promise<TaskRemains | undefined> {
  const remains = await store.readRemains(task.id)
  const called = tree.filter((one) => parentOf(one) === task.id)
  const unheard = remains && called.length > 0 ? await findUnheard(store, called, remains) : []
  if (!remains || unheard.length === 0) return remains
  // On its own record, so that a retry takes it for undone, too.
  await store.hear(task.id, unheard, remains.journal.length)
  return store.readRemains(task.id)
}

/** Of calls that succeeded: nothing else is undone. Those that were over first come first. */
async function findUnheard(
  store: TaskStore,
  called: readonly Task[],
  { journal }: TaskRemains,
): Promise<readonly OutcomeEntry[]> {
  const heard = new Set(journal.filter(isOutcome).map(({ key }) => key))
  const unheard = called
    .filter(({ status, isError }) => status === 'completed' && !isError)
    .filter(({ head }) => head.lineage && !heard.has(head.lineage.step.key))
    .sort((one, other) => one.updatedAt - other.updatedAt)
  const ended = await Promise.all(unheard.map(({ id }) => store.readOutcome(id)))
  return ended.flatMap((one) =>
    one && 'outcome' in one && one.head.lineage ? [toChildOutcome(one, one.head.lineage.step)] : [],
  )
}

/** What the task that comes after the end of one from outside does, for people. */
export const describeUndo = ({ id, head }: Task, whose = 'it'): string =>
  `The task ${undoTaskId(id)} ${head.effectsStay ? `ends what ${whose} had begun elsewhere` : `undoes what ${whose} had done`}`

/** A task of its own, which may take any time and is undone by nothing. */
function toHead({ id, head: old }: Task): TaskHead {
  const { call, startAt, timeoutMs, lineage, undoable, effectsStay, isFromStart, insteadOf, ...head } = old
  return { ...head, createdAt: Date.now(), undoOf: id, retriedFrom: id, origin: head.origin ?? id }
}
