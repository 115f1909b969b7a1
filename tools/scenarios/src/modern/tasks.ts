import type { ModernAsking, WireModern } from '../wire-modern.ts'
import type { WireStream } from '../wire-stream.ts'

type Params = { readonly [name: string]: unknown }

/** A task as its results and notifications tell it; each status has members of its own. */
export interface ModernTask {
  readonly taskId: string
  readonly status: string
  readonly statusMessage?: string
  readonly createdAt: string
  readonly lastUpdatedAt: string
  readonly ttlMs: number | null
  readonly pollIntervalMs?: number
  readonly inputRequests?: Readonly<Record<string, { readonly method: string; readonly params: Params }>>
  readonly result?: Params
  readonly error?: Params
}

/** A question, or the end of a round, as a call is answered with it. */
export interface Round {
  readonly resultType: string
  readonly inputRequests?: ModernTask['inputRequests']
  readonly requestState?: string
  readonly content?: unknown
}

/** Calls a tool as a client that takes tasks. */
export const submit = (client: WireModern, name: string, args: Params = {}): Promise<ModernTask> =>
  client.result<ModernTask>('tools/call', { name, arguments: args })

export const getTask = (client: WireModern, taskId: string, asking?: ModernAsking): Promise<ModernTask> =>
  client.result<ModernTask>('tasks/get', { taskId }, asking)

export const update = (client: WireModern, taskId: string, inputResponses: Params, asking?: ModernAsking) =>
  client.result('tasks/update', { taskId, inputResponses }, asking)

/** The task as soon as it has one of the statuses, as its subscription tells. */
export async function reach(client: WireModern, taskId: string, ...statuses: string[]): Promise<ModernTask> {
  const stream = await subscribe(client, taskId)
  const { params } = await stream.next((message) => statuses.includes(String(message.params?.status)))
  await stream.cut()
  return params as unknown as ModernTask
}

/** The task once it is over. */
export const settle = (client: WireModern, taskId: string): Promise<ModernTask> =>
  reach(client, taskId, 'completed', 'failed', 'cancelled')

export const subscribe = (client: WireModern, ...taskIds: string[]): Promise<WireStream> =>
  client.stream('subscriptions/listen', { notifications: { taskIds } }, { id: 'tasks' })

/** An id that no task has. */
export const UNKNOWN_TASK = '00AAAAAAAAAAAAAAAAAAAAAA'
