import { LonghaulError, type Principal, type Task, taskNotFound } from '@longhaul/task'
import { closeUp } from './close-up.ts'
import { inspect } from './inspect.ts'
import type { EnginePorts } from './ports.ts'
import { describeUndo } from './undo.ts'

/**
 * Cancels a live task with all that are below it; when this resolves it is cancelled for good, and whoever runs it has been
 * told.
 * @throws LonghaulError `task_not_found`, `task_finished`
 */
export async function cancel(
  ports: EnginePorts,
  principal: Principal,
  taskId: string,
  reason = 'Cancelled by request.',
): Promise<Task> {
  const task = await inspect(ports, principal, taskId, 'tasks:cancel')
  const undo = task.head.undoable ? ` ${describeUndo(task)}, if there is anything.` : ''
  const answer = await ports.store.cancel(task, reason + undo)
  if (answer === 'gone') throw taskNotFound()
  if (answer === 'terminal') {
    throw new LonghaulError('task_finished', 'Cannot cancel the task: it is over already.')
  }
  // The task is cancelled, and the others are due to be: what fails now is left to the sweeper.
  if (answer === 'owing') await closeUp(ports, taskId).catch((error: unknown) => ports.onWakeUpLost(taskId, error))
  return inspect(ports, principal, taskId, 'tasks:cancel')
}
