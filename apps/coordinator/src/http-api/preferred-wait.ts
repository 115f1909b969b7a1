import type { IncomingHttpHeaders } from 'node:http'
import { toTaskView } from '@longhaul/protocol'
import { isTerminal, type Task } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { isUnavailable } from '../is-unavailable.ts'
import { mostWaitMs } from '../task-tools/handle.ts'
import { viewTask } from '../view-task.ts'
import { waitForTask } from '../wait-for-task.ts'
import type { ApiAnswer, Caller } from './operation.ts'

/** For OpenAPI. */
export const PREFER = {
  prefer:
    '`wait=SECONDS` (RFC 7240): answer once the task is over, is paused or asks something, or after that time; LONGHAUL_PLAIN_CALL_WAIT_MS at most.',
}

type TaskAnswer = Exclude<ApiAnswer, 'answered'>

/** How a task stands, at once or as soon as there is something to see: 200 once it is over, else 202. */
export async function answerWithTask(
  deps: Deps,
  taskId: string,
  { principal, headers, isGone }: Caller,
): Promise<TaskAnswer> {
  const asked = preferredMs(headers)
  const ms = asked && Math.min(asked, mostWaitMs(deps.settings))
  if (ms !== undefined) await waitForTask(deps, { principal, taskId, isGone, ms })
  const task = await viewTask(deps, principal, taskId)
  return {
    status: isTerminal(task.status) ? 200 : 202,
    body: task,
    ...(ms !== undefined && { headers: { 'preference-applied': `wait=${Math.floor(ms / 1000)}` } }),
  }
}

/**
 * The same of a task that its client does not know yet: it hears of it whatever becomes of the store, and what is known
 * of one that has just begun is not read again.
 */
export async function answerWithSubmitted(deps: Deps, task: Task, caller: Caller): Promise<TaskAnswer> {
  const hasOnlyBegun = task.status === 'working' && preferredMs(caller.headers) === undefined
  try {
    if (!hasOnlyBegun) return await answerWithTask(deps, task.id, caller)
  } catch (error) {
    if (!isUnavailable(error)) throw error
  }
  return { status: 202, body: toTaskView(task) }
}

/** No connection is held for longer, also where LONGHAUL_PLAIN_CALL_WAIT_MS sets no limit. */
const DAY_S = 86_400

/** A name, and its value where it has one, which may be in quotes. */
const PREFERENCE = /([^\s,;="]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;"]*)))?/g

function preferredMs({ prefer = '' }: IncomingHttpHeaders): number | undefined {
  const wait = [...String(prefer).matchAll(PREFERENCE)].find(([, name]) => name?.toLowerCase() === 'wait')
  const seconds = wait?.[2] ?? wait?.[3] ?? ''
  return /^\d+$/.test(seconds) ? Math.min(Number(seconds), DAY_S) * 1000 : undefined
}
