import { TASK_STATUSES, type TaskStatus } from '@longhaul/task'
import { asObject } from '../as-object.ts'
import type { RpcResponse } from '../json-rpc.ts'

/** A task of a client, as it tells of it. */
export interface ClientTask {
  readonly id: string
  readonly status: TaskStatus
  readonly message?: string
  /** How often it wants to be asked, in ms. */
  readonly pollMs?: number
}

/** It is kept with the session, and comes back with each request about it. */
const MOST_ID_CHARACTERS = 1024

/** The task with which a client answers a question, or undefined where it answers with something else (T46). */
export const parseCreatedTask = ({ result }: RpcResponse): ClientTask | undefined =>
  parseClientTask(asObject(result)?.task)

/** Undefined where it is no task: what a client sent may be anything. */
export function parseClientTask(value: unknown): ClientTask | undefined {
  const { taskId, status: said, statusMessage, pollInterval } = asObject(value) ?? {}
  const status = TASK_STATUSES.find((known) => known === said)
  if (typeof taskId !== 'string' || taskId === '' || taskId.length > MOST_ID_CHARACTERS || !status) return undefined
  return {
    id: taskId,
    status,
    ...(typeof statusMessage === 'string' && { message: statusMessage }),
    ...(typeof pollInterval === 'number' && pollInterval > 0 && { pollMs: pollInterval }),
  }
}
