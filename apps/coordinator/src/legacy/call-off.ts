import { LonghaulError, type Principal } from '@longhaul/task'
import type { Deps } from '../deps.ts'
import { isUnavailable } from '../is-unavailable.ts'

/** The client cancelled a plain call, and its task goes with it (F21, R10). A task that is over or gone stays as it is. */
export async function callOff({ engine }: Deps, principal: Principal, taskId: string): Promise<void> {
  try {
    await engine.cancel(principal, taskId, 'The client cancelled its request.')
  } catch (error) {
    if (!(error instanceof LonghaulError) || isUnavailable(error)) throw error
  }
}
