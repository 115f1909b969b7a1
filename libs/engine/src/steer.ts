import {
  isBlank,
  LonghaulError,
  type Principal,
  randomId,
  type Settings,
  type Task,
  taskNotFound,
  text,
} from '@longhaul/task'
import { inspect } from './inspect.ts'
import type { EnginePorts } from './ports.ts'

export interface Steer {
  readonly taskId: string
  readonly message: string
  /** Names the message among those of the task, so that sending it again makes no second one. */
  readonly key?: string
}

const KEY = /^[\w-]{1,64}$/

/**
 * Sends a message to the model of a live task: its next call contains it, and no later one again. The agent does not end
 * before its model has heard it.
 * @throws LonghaulError `task_not_found`, `task_finished`, `task_not_steerable`, `arguments_invalid`, `too_large`,
 *   `too_many_messages`
 */
export async function steer(
  ports: EnginePorts,
  principal: Principal,
  { taskId, message, key = randomId(9) }: Steer,
): Promise<Task> {
  const { store, settings } = ports
  const { head } = await inspect(ports, principal, taskId, 'tasks:answer')
  if (!head.steerable) {
    throw new LonghaulError(
      'task_not_steerable',
      `Cannot steer the task: '${head.tool}' has no model that would take a message.`,
    )
  }
  checkMessage(message, settings)
  if (!KEY.test(key))
    throw new LonghaulError('arguments_invalid', `The key '${key}' must be 1 to 64 characters of A-Z a-z 0-9 _ and -.`)
  const answer = await store.steer(taskId, { key: `steer!${key}`, text: message })
  if (answer === 'gone') throw taskNotFound()
  if (answer === 'terminal') throw new LonghaulError('task_finished', 'Cannot steer the task: it is over already.')
  if (answer === 'too_many') {
    throw new LonghaulError(
      'too_many_messages',
      `Cannot steer the task: ${settings.maxSteers} messages were sent to it, the most there may be (LONGHAUL_MAX_STEERS).`,
    )
  }
  return inspect(ports, principal, taskId, 'tasks:answer')
}

function checkMessage(message: string, { maxSteerBytes }: Settings): void {
  if (isBlank(text(message))) {
    throw new LonghaulError('arguments_invalid', 'The message is empty. Say what the model should hear.')
  }
  const bytes = Buffer.byteLength(message)
  if (bytes > maxSteerBytes) {
    throw new LonghaulError(
      'too_large',
      `The message is ${bytes} bytes; the most is ${maxSteerBytes} (LONGHAUL_MAX_STEER_BYTES).`,
    )
  }
}
