import { isTerminal, parentOf, rootOf, type Task, type TaskStore } from '@longhaul/task'

/**
 * Does something to all open tasks below one, level by level. What `act` does to a task, and what was done to the one
 * above, must see to it that nothing comes below it any more that would need it, too.
 * @returns those to which it was done
 */
export async function forEachOpenBelow(
  store: TaskStore,
  task: Task,
  act: (open: Task) => Promise<unknown>,
): Promise<readonly Task[]> {
  const root = rootOf(task)
  const done: Task[] = []
  for (let above = new Set([task.id]); above.size > 0; ) {
    const children = (await store.readBelow(root)).filter((one) => above.has(parentOf(one) ?? ''))
    const open = children.filter(({ status }) => !isTerminal(status))
    await Promise.all(open.map(act))
    done.push(...open)
    above = new Set(children.map(({ id }) => id))
  }
  return done
}
