import { parentOf, type Task } from '@longhaul/task'
import { renderTable } from '../render-table.ts'
import { withEngine } from '../with-engine.ts'

/** Prints the tree of tasks that a task is the root of: a table for people, or one JSON object a line. @throws LonghaulError */
export async function listTree(taskId: string, { json = false }: { readonly json?: boolean }): Promise<void> {
  const tasks = await withEngine(async (engine, operator) => [
    await engine.inspect(operator, taskId),
    ...(await engine.inspectBelow(operator, taskId)),
  ])
  if (json) for (const task of tasks) console.log(JSON.stringify(toJson(task)))
  else console.log(renderTable([['ID', 'TOOL', 'STATUS', 'STARTED', 'MESSAGE'], ...toRows(tasks)]))
}

const toJson = (task: Task) => ({
  id: task.id,
  tool: task.head.tool,
  status: task.status,
  parent: parentOf(task),
  step: task.head.lineage?.step.key,
  at: new Date(task.head.createdAt).toISOString(),
  message: task.statusMessage,
})

/** Each task under its parent, further in the deeper it is. */
function toRows([root, ...below]: readonly Task[]): string[][] {
  const rowsOf = (task: Task, depth: number): string[][] => {
    const { id, head, status, statusMessage = '' } = task
    const row = [`${'  '.repeat(depth)}${id}`, head.tool, status, new Date(head.createdAt).toISOString(), statusMessage]
    const children = below.filter((one) => parentOf(one) === id)
    return [row, ...children.flatMap((child) => rowsOf(child, depth + 1))]
  }
  return root ? rowsOf(root, 0) : []
}
