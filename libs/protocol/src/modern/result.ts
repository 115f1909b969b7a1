import type { JsonObject } from '@longhaul/task'
import { META } from './meta.ts'

/** Name and version of this server, in the `_meta` of what it answers (F1). */
export interface ServerInfo {
  readonly name: string
  readonly version: string
}

/** A result that is final (F2). */
export const toComplete = (result: JsonObject, serverInfo: ServerInfo): JsonObject =>
  toTyped('complete', result, serverInfo)

/** A final result that clients may keep for `ttlMs`; what depends on who asks is for them alone (F3). */
export const toCacheable = (result: JsonObject, serverInfo: ServerInfo, ttlMs: number): JsonObject =>
  toComplete({ ...result, ttlMs, cacheScope: 'private' }, serverInfo)

export function toTyped(
  resultType: 'complete' | 'input_required' | 'task',
  result: JsonObject,
  serverInfo: ServerInfo,
): JsonObject {
  const meta = { ...(result._meta as JsonObject | undefined), [META.serverInfo]: { ...serverInfo } }
  return { resultType, ...result, _meta: meta }
}
