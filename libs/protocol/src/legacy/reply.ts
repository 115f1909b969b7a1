import type { Question, Reply, StepFailure } from '@longhaul/task'
import { parseAnswer } from '../answer.ts'
import { RPC, type RpcResponse } from '../json-rpc.ts'

/** What a client's JSON-RPC response says to a question (P5, P11, P27). */
export function parseReply(method: Question['method'], { result, error }: RpcResponse): Reply {
  return error ? { kind: 'refusal', failure: toRefusal(method, error) } : parseAnswer(method, result)
}

/**
 * Whether a client refused a question since it looked for the task that it belongs to among its own. The SDK's client
 * does that, version 1, where it has a store and a queue for tasks.
 */
export const isUnknownTask = ({ error }: RpcResponse, taskId: string): boolean =>
  error?.code === RPC.invalidParams && String(error.message).includes(`Task not found: ${taskId}`)

/** Whether a client refused what was asked since it could not take it as it was asked. */
export const isInvalidParams = ({ error }: RpcResponse): boolean => error?.code === RPC.invalidParams

/** The code a client answers with when its user rejects a sampling request. */
const USER_REJECTED = -1

/** The error is what a client sent, so that its members may be anything. */
function toRefusal(method: string, { code, message, data }: NonNullable<RpcResponse['error']>): StepFailure {
  const who = code === USER_REJECTED ? 'The user of the client rejected the request' : `The client refused ${method}`
  return {
    message: typeof message === 'string' && message !== '' ? `${who}: ${message}` : `${who}, without a reason.`,
    ...(Number.isSafeInteger(code) && { code }),
    ...(data !== undefined && { data: data as never }),
  }
}
