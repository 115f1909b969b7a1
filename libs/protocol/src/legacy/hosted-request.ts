import { createHash } from 'node:crypto'
import { randomId } from '@longhaul/task'
import type { RequestId, RpcRequest } from '../json-rpc.ts'

/**
 * What a client is asked about its own task: how it stands, what came of it after it said that it completed or failed,
 * and to cancel it.
 */
export type HostedRequestKind = 'get' | 'completed' | 'failed' | 'cancel'

const METHODS: Readonly<Record<HostedRequestKind, string>> = {
  get: 'tasks/get',
  completed: 'tasks/result',
  failed: 'tasks/result',
  cancel: 'tasks/cancel',
}

export interface HostedRequest {
  readonly kind: HostedRequestKind
  readonly isAbout: (clientTaskId: string) => boolean
}

/**
 * The request, in which the client's id of its task is the only one (T47). Its own id says what the answer is about, so
 * that any coordinator can take it, and is never used again. The client's may be too long for that, and is hashed.
 */
export const toHostedRequest = (kind: HostedRequestKind, clientTaskId: string): RpcRequest => ({
  jsonrpc: '2.0',
  id: `${kind}:${hash(clientTaskId)}:${randomId(9)}`,
  method: METHODS[kind],
  params: { taskId: clientTaskId },
})

/** What a client answers, or undefined when the id is of no such request. */
export function parseHostedRequestId(id: RequestId): HostedRequest | undefined {
  const [, kind, about] = /^(get|completed|failed|cancel):([\w-]{22}):[\w-]{12}$/.exec(String(id)) ?? []
  if (kind === undefined) return undefined
  return { kind: kind as HostedRequestKind, isAbout: (clientTaskId) => hash(clientTaskId) === about }
}

const hash = (clientTaskId: string): string =>
  createHash('sha256').update(clientTaskId).digest('base64url').slice(0, 22)
