import type { JsonObject } from '@longhaul/task'
import type { RpcRequest } from '../json-rpc.ts'
import { META, TASKS_EXTENSION } from './meta.ts'
import { MODERN_VERSIONS } from './version.ts'

/** A request as a client sends it that takes tasks, and whose person fills in forms and opens pages. */
export function composeRequest(
  method: string,
  params: JsonObject,
  { id, client }: { readonly id: number; readonly client: { readonly name: string; readonly version: string } },
): RpcRequest {
  const envelope = {
    [META.protocolVersion]: MODERN_VERSIONS[0],
    [META.clientInfo]: { ...client },
    [META.clientCapabilities]: { elicitation: { form: {}, url: {} }, extensions: { [TASKS_EXTENSION]: {} } },
  }
  const _meta = { ...(params._meta as JsonObject | undefined), ...envelope }
  return { jsonrpc: '2.0', id, method, params: { ...params, _meta } }
}
