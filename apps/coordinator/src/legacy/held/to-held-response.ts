import { legacy, RpcError, type RpcResponse, toError, toResult, toRpcError, toToldError } from '@longhaul/protocol'
import { type FinishedTask, LonghaulError } from '@longhaul/task'
import type { Held } from './held.ts'

/** What a held request is answered with: how its task ended, for tasks/result or for a plain call. */
export function toHeldResponse({ viewer, taskId, requestId, isRelated }: Held, task: FinishedTask): RpcResponse {
  const { features } = viewer
  try {
    if (task.head.serves) return toResult(requestId, legacy.toServedResult(task, features))
    return toResult(requestId, legacy.toCallToolResult(task.outcome, { taskId, isRelated, features }))
  } catch (error) {
    if (error instanceof RpcError || error instanceof LonghaulError) {
      return toError(requestId, toToldError(toRpcError(error), viewer.audience.url === true))
    }
    throw error
  }
}
