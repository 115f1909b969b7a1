import type { FinishedTask } from '@longhaul/task'
import { type RequestId, type RpcResponse, toError, toResult } from '../json-rpc.ts'
import { toServed } from '../served.ts'
import { toModernError } from './error.ts'
import { type ServerInfo, toCacheable, toComplete } from './result.ts'

/** What is read may be another the next time, and what was asked for it no cache knows (P19). */
const READ_TTL_MS = 0

/** The response of prompts/get or resources/read. */
export function toServedResponse(id: RequestId, task: FinishedTask, info: ServerInfo): RpcResponse {
  try {
    const result = toServed(task)
    const isRead = task.head.serves?.kind === 'resource'
    return toResult(id, isRead ? toCacheable(result, info, READ_TTL_MS) : toComplete(result, info))
  } catch (error) {
    return toError(id, toModernError(error).body)
  }
}
