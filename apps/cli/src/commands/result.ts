import { isTerminal } from '@longhaul/task'
import type { Where } from '../installation/find-installation.ts'
import { complain, print } from '../printable.ts'
import { exitCodeOf } from '../tasks/exit-code.ts'
import { followTask } from '../tasks/follow-task.ts'
import { renderOutcome } from '../tasks/render-outcome.ts'
import type { TaskClient, TaskView } from '../tasks/task-client.ts'
import { withClient } from '../tasks/with-client.ts'

export interface ResultOptions extends Where {
  /** Until it is over, or asks something. */
  readonly wait?: boolean
  readonly json?: boolean
}

/** Prints what a task came to; the exit code says how. @throws Error that says what to do */
export async function printResult(taskId: string, options: ResultOptions): Promise<void> {
  const task = await withClient(options, (client) => (options.wait ? settled(client, taskId) : client.get(taskId)))
  process.exitCode = exitCodeOf(task)
  if (options.json) return print(JSON.stringify(task))
  if (!task.outcome) return console.error(describeLive(task))
  const { out, err } = renderOutcome(task.outcome)
  if (out !== undefined) print(out)
  if (err !== undefined) complain(err)
}

/** The task once it is over, or asks something. */
async function settled(client: TaskClient, taskId: string): Promise<TaskView> {
  const { signal } = new AbortController()
  for await (const { task } of followTask(client, taskId, { signal, onAway: complain })) {
    if (isTerminal(task.status) || task.status === 'input_required') return task
  }
  return client.get(taskId)
}

const describeLive = ({ taskId, status }: TaskView): string =>
  status === 'input_required'
    ? `The task waits for an answer: longhaul answer ${taskId}`
    : `The task is ${status}. To wait for its end: longhaul result ${taskId} --wait`
