import { type FinishedTask, parentOf, type Task, type TaskStore, toWakeUp, type WakeUps } from '@longhaul/task'
import { forEachOpenBelow } from './below.ts'
import { toChildOutcome } from './child-outcome.ts'
import { submitUndo } from './undo.ts'

export interface ClosePorts {
  readonly store: TaskStore
  readonly wakeUps: WakeUps
}

/** What a task is told that ends with the one above it. */
const ENDED_ABOVE = 'It was called by a task that has ended.'

/**
 * Does what the end of a task owes to others: ends all tasks below it, has undone what it had done where it was ended from
 * outside, and tells the one above it, which goes on. Until that is done the task is due, so that a sweeper does it should
 * whoever ended the task die before. Harmless when several do it; what was done once is not done again, however much later.
 */
export async function closeUp(ports: ClosePorts, taskId: string): Promise<void> {
  const task = await ports.store.readOutcome(taskId)
  if (!task || !('outcome' in task) || !task.isOwing) return
  await tellParent(ports, task)
  const tree = task.hasCalled ? await endBelow(ports, task) : []
  if (task.hasUndo) await submitUndo(ports, task, tree)
  await release(ports, [task])
  await ports.store.close(task)
}

/** Lets go of what tasks that have ended hold in budgets, for others that wait for it. */
async function release({ store, wakeUps }: ClosePorts, ended: readonly Task[]): Promise<void> {
  const holding = ended.filter(({ hasReserved }) => hasReserved)
  const woken = (await Promise.all(holding.map((task) => store.releaseBudgets(task)))).flat()
  if (woken.length > 0) await wakeUps.wake(woken)
}

/** Once a task is over, nothing new comes below it. @returns its tree after that */
async function endBelow(ports: ClosePorts, task: Task): Promise<readonly Task[]> {
  const { store } = ports
  const { tree, acted: ended } = await forEachOpenBelow(store, task, (open) => store.cancel(open, ENDED_ABOVE))
  await release(ports, ended)
  const closing = ended.map(async (child) => {
    if (child.hasUndo) await submitUndo(ports, child, tree)
    // What it owes is done with that: those below it have ended, and those above do not wait for it any more.
    await store.close(child)
  })
  await Promise.all(closing)
  return tree
}

async function tellParent({ store, wakeUps }: ClosePorts, task: FinishedTask): Promise<void> {
  const parent = parentOf(task)
  const { lineage, priority } = task.head
  if (!parent || !lineage) return
  const resolved = await store.resolve(parent, toChildOutcome(task, lineage.step), lineage.ancestors.slice(0, -1))
  if (resolved === 'wake')
    await wakeUps.wake([toWakeUp(parent, { queue: lineage.queue, ...(priority && { priority }) })])
}
