import { isTerminal, parentOf, rootOf, type Task, type TaskStore } from '@longhaul/task'

/**
 * Does something to all open tasks below one, level by level. What `act` does to a task, and what was done to the one
 * above, must see to it that nothing comes below it any more that would need it, too.
 * @returns the tree as it is after that, and those of it to which that was done
 */
export async function forEachOpenBelow(
  store: TaskStore,
  task: Task,
  act: (open: Task) => Promise<unknown>,
): Promise<{ readonly tree: readonly Task[]; readonly acted: readonly Task[] }> {
  const root = rootOf(task)
  const done = new Set<string>()
  let tree: readonly Task[] = []
  for (let above = new Set([task.id]); above.size > 0; ) {
    tree = await store.readBelow(root)
    const children = tree.filter((one) => above.has(parentOf(one) ?? ''))
    const open = children.filter(({ status }) => !isTerminal(status))
    await Promise.all(open.map(act))
    for (const { id } of open) done.add(id)
    above = new Set(children.map(({ id }) => id))
  }
  return { tree, acted: tree.filter(({ id }) => done.has(id)) }
}
