import type { IncomingHttpHeaders } from 'node:http'
import { isTerminal } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { mostWaitMs } from '../task-tools/handle.ts'
import { viewTask } from '../view-task.ts'
import { waitForTask } from '../wait-for-task.ts'
import type { ApiAnswer, Caller } from './operation.ts'

/** For OpenAPI. */
export const PREFER = {
  prefer:
    '`wait=SECONDS` (RFC 7240): answer once the task is over, is paused or asks something, or after that time; LONGHAUL_PLAIN_CALL_WAIT_MS at most.',
}

/** How a task stands, at once or as soon as there is something to see: 200 once it is over, else 202. */
export async function answerWithTask(
  deps: Deps,
  taskId: string,
  { principal, headers, isGone }: Caller,
): Promise<Exclude<ApiAnswer, 'answered'>> {
  const seconds = preferredSeconds(headers)
  if (seconds !== undefined) {
    await waitForTask(deps, { principal, taskId, isGone, ms: Math.min(seconds * 1000, mostWaitMs(deps.settings)) })
  }
  const task = await viewTask(deps, principal, taskId)
  return {
    status: isTerminal(task.status) ? 200 : 202,
    body: task,
    ...(seconds !== undefined && { headers: { 'preference-applied': `wait=${seconds}` } }),
  }
}

function preferredSeconds({ prefer }: IncomingHttpHeaders): number | undefined {
  const [, seconds] = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?(?:$|[,;\s])/i.exec(String(prefer ?? '')) ?? []
  return seconds === undefined ? undefined : Number(seconds)
}
