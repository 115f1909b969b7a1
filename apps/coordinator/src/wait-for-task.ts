import { isTerminal, type Principal, type Task, type Unsubscribe } from '@longhaul/task'
import type { Deps } from './deps.ts'
import { Signal } from './signal.ts'

export interface Waiting {
  readonly principal: Principal
  readonly taskId: string
  readonly ms: number
  readonly isGone: () => boolean
}

/**
 * Resolves once a task is over, is paused or asks something, or after `ms`; or when this coordinator ends: then its
 * client waits on at another. @throws LonghaulError `task_not_found`
 */
export async function waitForTask(deps: Deps, { principal, taskId, ms, isGone }: Waiting): Promise<void> {
  const { engine, watch, settings, streams } = deps
  const signal = new Signal()
  let isLeaving = false
  const end = () => {
    isLeaving = true
    signal.raise()
  }
  const waited = Promise.withResolvers<void>()
  streams.hold({ end }, waited.promise)
  let stop: Unsubscribe | undefined
  try {
    // Whoever may not see the task listens to nothing.
    await engine.inspect(principal, taskId)
    stop = await watch.watch(taskId, () => signal.raise())
    for (const endsAt = Date.now() + ms; ; ) {
      const leftMs = endsAt - Date.now()
      if (leftMs <= 0 || isLeaving || isGone() || isSettled(await engine.inspect(principal, taskId))) return
      // No message is sure to arrive.
      await signal.wait(Math.min(leftMs, settings.deliveryLeaseMs / 3))
    }
  } finally {
    waited.resolve()
    await stop?.()
  }
}

const isSettled = ({ status, pausedAt }: Task): boolean =>
  isTerminal(status) || status === 'input_required' || pausedAt !== undefined
