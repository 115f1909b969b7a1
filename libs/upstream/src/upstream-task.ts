import type { JsonObject, ToolResult } from '@longhaul/task'
import type { ServerAsk } from './exchange.ts'
import type { RequiredPage } from './required-pages.ts'

/** Who knows a task of a server of 2025: one of its sessions, or one of its processes. */
export type TaskHome =
  | { readonly kind: 'session'; readonly id: string; readonly version: string }
  | { readonly kind: 'process'; readonly id: string }

/** A task of an upstream server: all that any process needs to go on with it, as JSON. */
export interface UpstreamTask {
  readonly id: string
  readonly era: 'legacy' | 'modern'
  /** Absent where every connection is as good as another. */
  readonly home?: TaskHome
  /** How often the server wants to be asked, in milliseconds. */
  readonly pollIntervalMs?: number
}

/** Milliseconds, for tasks of upstream servers. */
export interface TaskLimits {
  /** How long a server of 2025 is asked to keep one. */
  readonly ttlMs: number
  /** Between two looks: at least, and the most that the server can ask for. */
  readonly pollMinMs: number
  readonly pollMaxMs: number
  /** How long a server may be away before nobody knows any more what its task did. */
  readonly patienceMs: number
  /** How long a call that a server of 2025 holds open waits for an answer to what it asks. */
  readonly askHoldMs: number
}

/** What a server asks before it goes on, by keys that are never used again in its task or call. */
export type Asks = Readonly<Record<string, Pick<ServerAsk, 'method' | 'params'> & Partial<Pick<ServerAsk, 'id'>>>>

/** What a call, or a round of one, came to. */
export type Begun =
  | { readonly kind: 'result'; readonly result: ToolResult }
  | { readonly kind: 'task'; readonly task: UpstreamTask }
  /** The call is to be made again, with the answers and this state. */
  | { readonly kind: 'asks'; readonly asks: Asks; readonly state?: string }
  /** Nothing was done, and nothing can be before a person has dealt with these. */
  | { readonly kind: 'needs_pages'; readonly pages: readonly [RequiredPage, ...RequiredPage[]] }

/** How a task of a server stands. */
export type TaskLook =
  | { readonly kind: 'working'; readonly message?: string; readonly pollIntervalMs?: number }
  | { readonly kind: 'asks'; readonly asks: Asks }
  | { readonly kind: 'over'; readonly result: ToolResult }
  /** The server cannot be reached at the moment. */
  | { readonly kind: 'away'; readonly why: string }
  /** Nobody knows the task any more; what it did is not known. */
  | { readonly kind: 'gone'; readonly why: string }

/** What a task of a server of 2025 says of itself; undefined where it is none. */
export function readLegacyTask(result: JsonObject, home: TaskHome | undefined): UpstreamTask | undefined {
  const { taskId, pollInterval } = Object(result.task) as JsonObject
  if (typeof taskId !== 'string') return undefined
  return { id: taskId, era: 'legacy', ...(home && { home }), ...intervalOf(pollInterval) }
}

/** The same of one of 2026. */
export function readModernTask(result: JsonObject, home: TaskHome | undefined): UpstreamTask | undefined {
  const { resultType, taskId, pollIntervalMs } = result
  if (resultType !== 'task' || typeof taskId !== 'string') return undefined
  return { id: taskId, era: 'modern', ...(home && { home }), ...intervalOf(pollIntervalMs) }
}

export const intervalOf = (ms: unknown): { pollIntervalMs?: number } =>
  typeof ms === 'number' && ms > 0 ? { pollIntervalMs: ms } : {}

/** The input requests of a result of 2026; undefined where there are none. */
export function readAsks({ inputRequests }: JsonObject): Asks | undefined {
  const entries = Object.entries(Object(inputRequests) as Record<string, unknown>).map(([key, asked]) => {
    const { method, params } = Object(asked) as { readonly method?: unknown; readonly params?: unknown }
    return [key, { method: String(method), params: Object(params) as JsonObject }] as const
  })
  return entries.length > 0 ? Object.fromEntries(entries) : undefined
}
