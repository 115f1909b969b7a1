import { isTaskId } from '@longhaul/task'
import type { RequestId } from '../json-rpc.ts'

/** One showing of one question. Every showing has an id of its own; an answer to any of them counts (T31, T32). */
export interface Showing {
  readonly taskId: string
  readonly key: string
  /** From 1. */
  readonly attempt: number
}

export const toRequestId = ({ taskId, key, attempt }: Showing): string => `${taskId}.${key}.${attempt}`

/** The showing that a client answers, or undefined when the id is none of ours. */
export function parseRequestId(id: RequestId): Showing | undefined {
  const [, taskId = '', key = '', attempt = ''] = /^([^.]+)\.(.+)\.(\d{1,9})$/s.exec(String(id)) ?? []
  return isTaskId(taskId) ? { taskId, key, attempt: Number(attempt) } : undefined
}
