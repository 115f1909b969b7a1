import { type TaskView, toTaskView } from '@longhaul/protocol'
import type { Principal } from '@longhaul/task'
import type { Deps } from './deps.ts'

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
