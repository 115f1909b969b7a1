import type { Where } from '../installation/find-installation.ts'
import { print } from '../printable.ts'
import { renderTable } from '../render-table.ts'
import { nameOwner, parseOwner } from '../tasks/name-owner.ts'
import { describeQuestion, describeStatus } from '../tasks/render-task.ts'
import type { TaskClient, TaskView } from '../tasks/task-client.ts'
import { withClient } from '../tasks/with-client.ts'

export interface ListOptions extends Where {
  /** Only those that failed because their workers died with them. */
  readonly dead?: boolean
  /** Only those that ask people something, of others too. */
  readonly asking?: boolean
  /** Id of a task. */
  readonly tree?: string
  /** Whose; those of whoever asks where it is not said. */
  readonly owner?: string
  readonly limit: number
  readonly json?: boolean
}

/** Prints the newest tasks: a table for people, or one JSON object a line. @throws Error that says what to do */
export async function listTasks(options: ListOptions): Promise<void> {
  const owner = options.owner === undefined ? undefined : parseOwner(options.owner)
  const tasks = await withClient(options, (client) => takePages((cursor) => client.list(cursor, owner), options.limit))
  if (options.json) return printLines(tasks)
  const rows = tasks.map((task) => {
    const { taskId, tool, createdAt, statusMessage = '' } = task
    return [taskId, tool, describeStatus(task), createdAt, statusMessage]
  })
  print(rows.length > 0 ? renderTable([['ID', 'TOOL', 'STATUS', 'MADE', 'MESSAGE'], ...rows]) : 'No tasks.')
}

/** Prints the tasks that their workers died with, newest first. @throws Error that says what to do */
export async function listDead(options: ListOptions): Promise<void> {
  const dead = await withClient(options, (client) => client.listDead())
  if (options.json) return printLines(dead)
  const rows = dead.map(({ taskId, tool, owner, deaths, updatedAt, statusMessage = '' }) => {
    return [taskId, tool, nameOwner(owner), `${deaths}`, updatedAt, statusMessage]
  })
  const head = ['ID', 'TOOL', 'OWNER', 'DEATHS', 'WHEN', 'REASON']
  print(rows.length > 0 ? renderTable([head, ...rows]) : 'No task failed because its workers died with it.')
}

/** Prints what people are asked whom the caller may answer for, the longest wait first. @throws Error that says what to do */
export async function listAsking(options: ListOptions): Promise<void> {
  const tasks = await withClient(options, (client) => takePages((cursor) => client.listAsking(cursor), options.limit))
  if (options.json) return printLines(tasks)
  const rows = tasks.flatMap(({ taskId, tool, owner, questions = [] }) =>
    questions.map((question) => [taskId, tool, nameOwner(owner), firstLine(describeQuestion(question))]),
  )
  print(rows.length > 0 ? renderTable([['ID', 'TOOL', 'OWNER', 'ASKS'], ...rows]) : 'Nobody is asked anything.')
}

const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''

type Page = Awaited<ReturnType<TaskClient['list']>>

async function takePages(take: (cursor?: string) => Promise<Page>, limit: number): Promise<readonly TaskView[]> {
  const tasks: TaskView[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await take(cursor)
    tasks.push(...page.tasks)
    cursor = page.nextCursor
    if (cursor === undefined || tasks.length >= limit) return tasks.slice(0, limit)
  }
}

export function printLines(tasks: readonly TaskView[]): void {
  for (const task of tasks) print(JSON.stringify(task))
}
