import { isTerminal, type Task, type TaskStatus } from '@longhaul/task'

/** A Task of 2025-11-25; times are ISO 8601, durations milliseconds. */
export interface LegacyTask {
  readonly taskId: string
  readonly status: TaskStatus
  readonly statusMessage?: string
  readonly createdAt: string
  readonly lastUpdatedAt: string
  /** How long the task is really kept, from its creation (T12). */
  readonly ttl: number
  readonly pollInterval: number
}

export function toLegacyTask(task: Task, pollIntervalMs: number): LegacyTask {
  const { id, head, statusMessage, updatedAt, removableAt } = task
  return {
    taskId: id,
    status: toLegacyStatus(task),
    ...(statusMessage && { statusMessage }),
    createdAt: new Date(head.createdAt).toISOString(),
    lastUpdatedAt: new Date(updatedAt).toISOString(),
    ttl: isTerminal(task.status) && removableAt ? removableAt - head.createdAt : head.ttlMs,
    pollInterval: pollIntervalMs,
  }
}

/** The task as it began: whatever became of it since, a client first sees it working (T11). */
export const toCreatedTask = ({ id, head, seq }: Task, pollIntervalMs: number): LegacyTask =>
  toLegacyTask({ id, head, seq, status: 'working', isError: false, updatedAt: head.createdAt }, pollIntervalMs)

/** Here a result with `isError` is a failure (T34). */
const toLegacyStatus = ({ status, isError }: Pick<Task, 'status' | 'isError'>): TaskStatus =>
  status === 'completed' && isError ? 'failed' : status
