import { isLogged, type LogLevel, type LogMessage, type Progress, type Task, type TaskEvent } from '@longhaul/task'
import type { RpcNotification } from '../json-rpc.ts'
import { relatedTo } from './related-task.ts'
import { toLegacyTask } from './task.ts'
import type { Features } from './version.ts'

/** notifications/tasks/status: the whole task, without related-task metadata (T39). */
export const toStatusNotification = (task: Task, pollIntervalMs: number): RpcNotification => ({
  jsonrpc: '2.0',
  method: 'notifications/tasks/status',
  params: { ...toLegacyTask(task, pollIntervalMs) },
})

/** notifications/progress under the token of the call that made the task (T40, F20). */
export function toProgressNotification(
  token: string | number,
  { progress, total, message }: Progress,
  {
    taskId,
    features,
  }: {
    /** Absent for a caller that does not know of the task. */ readonly taskId?: string
    readonly features: Features
  },
): RpcNotification {
  return {
    jsonrpc: '2.0',
    method: 'notifications/progress',
    params: {
      progressToken: token,
      progress,
      ...(total !== undefined && { total }),
      ...(message && features.annotations && { message }),
      ...(taskId && { _meta: relatedTo(taskId) }),
    },
  }
}

/** notifications/message, or undefined where the session wants no message of that level (F5, T27). */
export function toLogNotification(
  { level, data, logger }: LogMessage,
  least: LogLevel,
  taskId?: string,
): RpcNotification | undefined {
  if (!isLogged(level, least)) return undefined
  return {
    jsonrpc: '2.0',
    method: 'notifications/message',
    params: { level, ...(logger && { logger }), data: data as never, ...(taskId && { _meta: relatedTo(taskId) }) },
  }
}

/** notifications/elicitation/complete: the page was dealt with (P26). */
export const toElicitationComplete = ({
  elicitationId,
}: Extract<TaskEvent, { type: 'elicited' }>): RpcNotification => ({
  jsonrpc: '2.0',
  method: 'notifications/elicitation/complete',
  params: { elicitationId },
})

/** notifications/resources/updated: something under the URI is worth reading again (F17). */
export const toResourceUpdated = (uri: string): RpcNotification => ({
  jsonrpc: '2.0',
  method: 'notifications/resources/updated',
  params: { uri },
})

export const toListChanged = (kind: 'tools' | 'prompts' | 'resources'): RpcNotification => ({
  jsonrpc: '2.0',
  method: `notifications/${kind}/list_changed`,
})
