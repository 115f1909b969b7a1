import { type ErrorCode, LonghaulError } from '@longhaul/task'
import { RPC, RpcError, type RpcErrorBody } from './json-rpc.ts'

const CODES: Readonly<Record<ErrorCode, number>> = {
  task_not_found: RPC.invalidParams,
  task_finished: RPC.invalidParams,
  task_not_retriable: RPC.invalidParams,
  task_not_steerable: RPC.invalidParams,
  too_many_messages: RPC.invalidParams,
  tool_not_found: RPC.invalidParams,
  prompt_not_found: RPC.invalidParams,
  resource_not_found: RPC.resourceNotFound,
  arguments_invalid: RPC.invalidParams,
  submission_invalid: RPC.invalidParams,
  idempotency_conflict: RPC.invalidParams,
  too_many_tasks: RPC.application,
  answer_invalid: RPC.invalidParams,
  answer_exhausted: RPC.invalidParams,
  question_not_open: RPC.invalidParams,
  cursor_invalid: RPC.invalidParams,
  client_cannot_answer: RPC.invalidParams,
  too_large: RPC.invalidParams,
  store_unavailable: RPC.application,
}

/** The JSON-RPC error for whatever a request ran into; what is not ours to tell becomes an internal error. */
export function toRpcError(error: unknown): RpcErrorBody {
  if (error instanceof RpcError) return { code: error.code, message: error.message, data: error.data }
  if (error instanceof LonghaulError) return { code: CODES[error.code], message: error.message, data: error.data }
  return { code: RPC.internalError, message: 'Internal error' }
}
