import { type TaskView, toTaskView } from '@longhaul/protocol'
import type { Page, Principal } from '@longhaul/task'
import type { Deps } from './deps.ts'

/** A page of tasks, or all that there are. */
export interface TasksView {
  readonly tasks: readonly TaskView[]
  readonly nextCursor?: string
}

/** A task with its outcome, what it asks, and how its budgets stand. @throws LonghaulError `task_not_found` */
export async function viewTask(
  { engine }: Pick<Deps, 'engine'>,
  principal: Principal,
  taskId: string,
): Promise<TaskView> {
  const task = await engine.inspectOutcome(principal, taskId)
  const [asked, budgets] = await Promise.all([
    // No other asks anything (invariant 1).
    task.status === 'input_required' ? engine.openQuestions(task) : [],
    engine.readStandings(task),
  ])
  const questions = asked.map(({ wait }) => wait)
  return toTaskView(task, { questions, budgets })
}

/** A page of a list, without outcomes and questions. */
export const viewTasks = ({ tasks, nextCursor }: Page): TasksView => ({
  tasks: tasks.map((task) => toTaskView(task)),
  ...(nextCursor && { nextCursor }),
})

/** A page of those that ask people something, with what they ask. */
export const viewAsking = ({ asking, nextCursor }: Awaited<ReturnType<Deps['engine']['listAsking']>>): TasksView => ({
  tasks: asking.map(({ task, questions }) => toTaskView(task, { questions: questions.map(({ wait }) => wait) })),
  ...(nextCursor && { nextCursor }),
})

/** A task, and all below it, oldest first. @throws LonghaulError `task_not_found` */
export async function viewTree(
  { engine }: Pick<Deps, 'engine'>,
  principal: Principal,
  taskId: string,
): Promise<TasksView> {
  return viewTasks({
    tasks: [await engine.inspect(principal, taskId), ...(await engine.inspectBelow(principal, taskId))],
  })
}
