import { toServed } from '@longhaul/protocol'
import type { FinishedTask, JsonObject, Principal, Serves, Task } from '@longhaul/task'
import { callOff } from '../call-off.ts'
import type { Deps } from '../deps.ts'
import { Signal } from '../signal.ts'

export interface ServedRun {
  readonly principal: Principal
  /** Of the catalog entry. */
  readonly key: string
  readonly args: JsonObject
  readonly serves: Serves
}

const NOBODY = { sampling: 'none', elicitation: false } as const

/**
 * Runs what goes along with a prompt or a template, within `completionWaitMs`; nobody is asked anything.
 * @returns undefined when it takes longer: then it is cancelled
 * @throws RpcError, LonghaulError
 */
export async function runToEnd(
  deps: Deps,
  { principal, key, args, serves }: ServedRun,
): Promise<JsonObject | undefined> {
  const { engine, watch, settings } = deps
  const endsAt = Date.now() + settings.completionWaitMs
  const { id } = await engine.submit({ principal, tool: key, args, serves, audience: NOBODY })
  const signal = new Signal()
  const stop = await watch.watch(id, () => signal.raise())
  try {
    for (;;) {
      const task = await engine.inspectOutcome(principal, id)
      if (isFinished(task)) return toServed(task)
      const leftMs = endsAt - Date.now()
      if (leftMs <= 0) break
      // No message is sure to arrive.
      await signal.wait(Math.min(leftMs, settings.deliveryLeaseMs / 3))
    }
  } finally {
    await stop()
  }
  await callOff(deps, { principal, taskId: id, reason: 'It took too long (LONGHAUL_COMPLETION_WAIT_MS).' })
  return undefined
}

const isFinished = (task: Task | FinishedTask): task is FinishedTask => 'outcome' in task
