import { isLogged, type JsonObject, type LogLevel, type LogMessage, type Progress } from '@longhaul/task'
import type { RequestId, RpcNotification } from '../json-rpc.ts'
import { META } from './meta.ts'
import { type ServerInfo, toComplete } from './result.ts'

const toNotification = (method: string, params: JsonObject): RpcNotification => ({ jsonrpc: '2.0', method, params })

/** notifications/progress on the stream of the request that gave the token (F20). */
export const toProgressNotification = (
  token: string | number,
  { progress, total, message }: Progress,
): RpcNotification =>
  toNotification('notifications/progress', {
    progressToken: token,
    progress,
    ...(total !== undefined && { total }),
    ...(message && { message }),
  })

/** notifications/message, or undefined where the request wants no message of that level (F5). */
export function toLogNotification(
  { level, data, logger }: LogMessage,
  least: LogLevel | undefined,
): RpcNotification | undefined {
  if (least === undefined || !isLogged(level, least)) return undefined
  return toNotification('notifications/message', { level, ...(logger && { logger }), data: data as never })
}

/** The first message of a subscription: what of it is honoured (R28, U32). */
export const toAcknowledgement = (subscription: RequestId, honoured: JsonObject): RpcNotification =>
  toTagged('notifications/subscriptions/acknowledged', subscription, { notifications: honoured })

export const toTaskNotification = (subscription: RequestId, detailedTask: JsonObject): RpcNotification =>
  toTagged('notifications/tasks', subscription, detailedTask)

export const toListChanged = (subscription: RequestId, kind: 'tools' | 'prompts' | 'resources'): RpcNotification =>
  toTagged(`notifications/${kind}/list_changed`, subscription, {})

/** Something under the URI is worth reading again (F17). */
export const toResourceUpdated = (subscription: RequestId, uri: string): RpcNotification =>
  toTagged('notifications/resources/updated', subscription, { uri })

/** What a subscription ends with (R29); without `serverInfo` where who ends it only passed on what a server said. */
export function toListenResult(subscription: RequestId, serverInfo?: ServerInfo): JsonObject {
  const ended = { _meta: { [META.subscriptionId]: subscription } }
  return serverInfo ? toComplete(ended, serverInfo) : { resultType: 'complete', ...ended }
}

/** Every message of a subscription names it by the id of its request (U35). */
const toTagged = (method: string, subscription: RequestId, params: JsonObject): RpcNotification =>
  toNotification(method, { ...params, _meta: { [META.subscriptionId]: subscription } })
