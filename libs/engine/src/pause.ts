import { LonghaulError, type Principal, parentOf, type Task, taskNotFound } from '@longhaul/task'
import { forEachOpenBelow } from './below.ts'
import { inspect } from './inspect.ts'
import type { EnginePorts } from './ports.ts'
import { wake } from './wake.ts'

/**
 * Pauses a live task with all that are below it: each stops at its next step, and holds nothing then, until it is resumed.
 * Pausing it again changes nothing.
 * @throws LonghaulError `task_not_found`, `task_finished`, `too_large`
 */
export async function pause(ports: EnginePorts, principal: Principal, taskId: string): Promise<Task> {
  await inspect(ports, principal, taskId, 'tasks:cancel')
  const answer = await ports.store.pause(taskId)
  if (answer === 'gone') throw taskNotFound()
  if (answer === 'terminal') throw new LonghaulError('task_finished', 'Cannot pause the task: it is over already.')
  if (answer === 'full') {
    const message = `Cannot pause the task while it runs: its journal has ${ports.settings.maxJournalEntries} records, the most there may be (LONGHAUL_MAX_JOURNAL_ENTRIES), and each pause adds one. It ends at its next step, or can be cancelled.`
    throw new LonghaulError('too_large', message)
  }
  const task = await inspect(ports, principal, taskId, 'tasks:cancel')
  // What comes below a paused task is paused from the beginning.
  if (task.hasCalled) await forEachOpenBelow(ports.store, task, (one) => ports.store.pause(one.id, parentOf(one)))
  return task
}

/**
 * Lets a paused task go on, with all that are below it. Resuming one that is not paused changes nothing but those below it.
 * @throws LonghaulError `task_not_found`, `task_finished`
 */
export async function resume(ports: EnginePorts, principal: Principal, taskId: string): Promise<Task> {
  const answer = await resumeOne(ports, await inspect(ports, principal, taskId, 'tasks:cancel'))
  if (answer === 'gone') throw taskNotFound()
  if (answer === 'terminal') throw new LonghaulError('task_finished', 'Cannot resume the task: it is over already.')
  const task = await inspect(ports, principal, taskId, 'tasks:cancel')
  // Until now it may have called others, which began paused.
  if (task.hasCalled) await forEachOpenBelow(ports.store, task, (one) => resumeOne(ports, one, parentOf(one)))
  return task
}

async function resumeOne(
  ports: EnginePorts,
  { id, head }: Task,
  above?: string,
): ReturnType<EnginePorts['store']['resume']> {
  const answer = await ports.store.resume(id, above)
  if (answer === 'wake') await wake(ports, id, head)
  return answer
}
