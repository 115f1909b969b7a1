import { LonghaulError, type Principal } from '@longhaul/task'
import type { Deps } from './deps.ts'
import { isUnavailable } from './is-unavailable.ts'

export interface CallOff {
  readonly principal: Principal
  readonly taskId: string
  readonly reason: string
}

export const CANCELLED_BY_CLIENT = 'The client cancelled its request.'
export const CLOSED_BY_CLIENT = 'The client closed its request.'

/** A plain call ends by its client's will, and its task with it. A task that is over or gone stays as it is. */
export async function callOff({ engine }: Deps, { principal, taskId, reason }: CallOff): Promise<void> {
  try {
    await engine.cancel(principal, taskId, reason)
  } catch (error) {
    if (!(error instanceof LonghaulError) || isUnavailable(error)) throw error
  }
}
