import { type FinishedTask, isTerminal, type JsonObject, type Outcome, type Task } from '@longhaul/task'
import { type RequestId, RPC, type RpcErrorBody, type RpcResponse, toError, toResult } from '../json-rpc.ts'
import { toToldError } from '../pages-required.ts'
import { type ServerInfo, toComplete } from './result.ts'
import { toServedResponse } from './served.ts'

/** A Task of the extension: what each of its results and notifications begins with (U8, U10, U16). */
export function toModernTask(task: Task, pollIntervalMs: number): JsonObject {
  const { id, head, status, statusMessage, updatedAt, removableAt } = task
  return {
    taskId: id,
    status,
    ...(statusMessage && { statusMessage }),
    createdAt: new Date(head.createdAt).toISOString(),
    lastUpdatedAt: new Date(updatedAt).toISOString(),
    ttlMs: isTerminal(status) && removableAt ? removableAt - head.createdAt : head.ttlMs,
    pollIntervalMs,
  }
}

/** The task with what it waits for, or what it came to (U17). `inputRequests`: all that is open. */
export function toDetailedTask(
  task: Task | FinishedTask,
  { pollIntervalMs, inputRequests }: { readonly pollIntervalMs: number; readonly inputRequests: JsonObject },
): JsonObject {
  const base = toModernTask(task, pollIntervalMs)
  if (task.status === 'input_required') return { ...base, inputRequests }
  if (!('outcome' in task)) return base
  const { outcome } = task
  switch (outcome.kind) {
    case 'result':
      // It says that it is complete here, too (U19).
      return { ...base, result: { resultType: 'complete', ...outcome.result } as unknown as JsonObject }
    case 'error':
      return { ...base, error: toErrorBody(outcome) as unknown as JsonObject }
    case 'cancelled':
      return base
  }
}

/** The response of a request whose client waited for the end of its task. */
export function toCallResponse(id: RequestId, task: FinishedTask, info: ServerInfo): RpcResponse {
  if (task.head.serves) return toServedResponse(id, task, info)
  const { outcome, id: taskId } = task
  switch (outcome.kind) {
    case 'result':
      return toResult(id, toComplete(outcome.result as unknown as JsonObject, info))
    case 'error':
      return toError(id, toErrorBody(outcome))
    case 'cancelled':
      return toError(id, {
        code: RPC.internalError,
        message: 'Task cancelled',
        data: { taskId, reason: outcome.reason },
      })
  }
}

/** This era lists pages in questions, and never in an error. */
const toErrorBody = ({ error: { code, message, data } }: Extract<Outcome, { kind: 'error' }>): RpcErrorBody =>
  toToldError({ code: code ?? RPC.internalError, message, ...(data !== undefined && { data }) }, false)
