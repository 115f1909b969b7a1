import { isTerminal, rootOf, type Task, undoTaskId, type WakeUp } from '@longhaul/task'
import { type ClosePorts, closeUp } from './close-up.ts'
import { describeUndo, submitUndo } from './undo.ts'

/**
 * Does what the end of a task owes, and finds out whether what it or a task below it had done is being undone: that could
 * take back what is done again meanwhile.
 * @returns one task of which that is so
 */
export async function findUnderUndo(ports: ClosePorts, task: Task): Promise<Task | undefined> {
  // What is below it ends with it, so that all that is to be undone is known.
  await closeUp(ports, task.id)
  const tree = task.hasCalled ? await ports.store.readBelow(rootOf(task)) : []
  const below = tree.filter(({ head, hasUndo }) => hasUndo && head.lineage?.ancestors.includes(task.id))
  // Whoever ended them may have died before that. What was undone long ago is not to be undone once more.
  await Promise.all(below.filter(({ isOwing }) => isOwing).map((one) => submitUndo(ports, one, tree)))
  const undone = task.hasUndo ? [task, ...below] : below
  // As many as a tree may have tasks (LONGHAUL_MAX_TREE_TASKS) at most.
  const undos = await Promise.all(undone.map(({ id }) => ports.store.read(undoTaskId(id))))
  return undone.find((_, place) => {
    const undo = undos[place]
    return undo && !isTerminal(undo.status)
  })
}

/** What is being undone of these tasks, or of those below them, for people; undefined where nothing is. */
export async function describeUnderUndo(
  { store, wakeUps }: ClosePorts,
  taskIds: readonly string[],
): Promise<string | undefined> {
  // Whom the queue does not wake now a sweeper does (invariant 2).
  const ports = { store, wakeUps: { wake: (some: readonly WakeUp[]) => wakeUps.wake(some).catch(() => {}) } }
  const tasks = await Promise.all(taskIds.map((id) => ports.store.read(id)))
  const found = await Promise.all(tasks.map((task) => task && findUnderUndo(ports, task)))
  const one = found.find((task) => task !== undefined)
  return one && `${describeUndo(one, `the task ${one.id}`)}.`
}
