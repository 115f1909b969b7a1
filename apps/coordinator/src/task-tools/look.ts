import type { Principal, Task, ToolResult } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { type Waiting, waitForTask } from '../wait-for-task.ts'
import { type Beside, describeTask } from './describe-task.ts'

/** How a task stands. @throws LonghaulError `task_not_found` */
export async function look({ engine }: Deps, principal: Principal, taskId: string): Promise<ToolResult> {
  const task = await engine.inspectOutcome(principal, taskId)
  return describeTask(task, await readBeside(engine, task))
}

/** What is told of a task that the caller has inspected. */
export async function readBeside(engine: Deps['engine'], task: Task): Promise<Beside> {
  const [questions, budgets] = await Promise.all([
    task.status === 'input_required' ? engine.openQuestions(task) : [],
    engine.readStandings(task),
  ])
  return { questions, budgets }
}

/** How a task stands once there is something to see, or after a while. @throws LonghaulError `task_not_found` */
export async function waitAndLook(deps: Deps, waiting: Waiting): Promise<ToolResult> {
  await waitForTask(deps, waiting)
  return look(deps, waiting.principal, waiting.taskId)
}
