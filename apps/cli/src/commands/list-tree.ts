import { print } from '../printable.ts'
import { renderTable } from '../render-table.ts'
import { describeStatus } from '../tasks/render-task.ts'
import type { TaskView } from '../tasks/task-client.ts'
import { withClient } from '../tasks/with-client.ts'
import { type ListOptions, printLines } from './list.ts'

/** Prints a task with all below it: a table for people, or one JSON object a line. @throws Error that says what to do */
export async function listTree(taskId: string, options: ListOptions): Promise<void> {
  const tasks = await withClient(options, (client) => client.tree(taskId))
  if (options.json) printLines(tasks)
  else print(renderTable([['ID', 'TOOL', 'STATUS', 'STARTED', 'MESSAGE'], ...toRows(tasks)]))
}

/** Each task under its parent, further in the deeper it is. */
function toRows([root, ...below]: readonly TaskView[]): string[][] {
  const rowsOf = (task: TaskView, depth: number): string[][] => {
    const { taskId, tool, createdAt, statusMessage = '' } = task
    const row = [`${'  '.repeat(depth)}${taskId}`, tool, describeStatus(task), createdAt, statusMessage]
    const children = below.filter(({ parent }) => parent === taskId)
    return [row, ...children.flatMap((child) => rowsOf(child, depth + 1))]
  }
  return root ? rowsOf(root, 0) : []
}
