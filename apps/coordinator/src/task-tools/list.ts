import { type JsonObject, type Principal, type Task, type ToolResult, text } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { describeQuestion, toQuestion } from './describe-task.ts'

/** A page of the principal's own tasks, newest first. @throws LonghaulError `cursor_invalid` */
export async function listTasks({ engine }: Deps, principal: Principal, cursor?: string): Promise<ToolResult> {
  const { tasks, nextCursor } = await engine.list(principal, cursor)
  const lines = tasks.map(({ id, head, status }) => `${id}  ${head.tool}  ${status}`)
  return toPage({ lines, rows: tasks.map(toRow), nextCursor, none: 'There are no tasks.' })
}

/** A page of those whose questions the principal may answer, its own or not. @throws LonghaulError `cursor_invalid` */
export async function listAskingTasks({ engine }: Deps, principal: Principal, cursor?: string): Promise<ToolResult> {
  const { asking, nextCursor } = await engine.listAsking(principal, cursor)
  const lines = asking.flatMap(({ task: { id, head }, questions }) => [
    `${id}  ${head.tool}  of ${head.owner.subject}`,
    ...questions.flatMap(({ wait }) => describeQuestion(wait.question, wait.key)),
  ])
  const rows = asking.map(({ task, questions }) => ({
    ...toRow(task),
    owner: { ...task.head.owner },
    questions: questions.map(toQuestion),
  }))
  return toPage({ lines, rows, nextCursor, none: 'Nobody is asked anything.' })
}

interface ListPage {
  readonly lines: readonly string[]
  readonly rows: readonly JsonObject[]
  readonly nextCursor: string | undefined
  readonly none: string
}

function toPage({ lines, rows, nextCursor, none }: ListPage): ToolResult {
  const more = nextCursor ? [`More: list_tasks with cursor ${nextCursor}`] : []
  return {
    content: [text([...(lines.length > 0 ? lines : [none]), ...more].join('\n'))],
    structuredContent: { tasks: rows, ...(nextCursor && { nextCursor }) },
  }
}

const toRow = ({ id, head, status, statusMessage }: Task): JsonObject => ({
  taskId: id,
  tool: head.tool,
  status,
  createdAt: new Date(head.createdAt).toISOString(),
  ...(statusMessage && { statusMessage }),
})
