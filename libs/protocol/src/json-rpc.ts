import type { JsonObject } from '@longhaul/task'

/** A string or an integer, never null (MCP base protocol). */
export type RequestId = string | number

/** A request's id comes back in every event of its stream, and from there in a header. */
const MOST_ID_CHARACTERS = 256

/** Beyond safe integers an id would come back as another one. */
export const isRequestId = (value: unknown): value is RequestId =>
  typeof value === 'string' ? value.length <= MOST_ID_CHARACTERS : Number.isSafeInteger(value)

/** The id under which whoever sent a body hears what is wrong with it; that of a response is of a request of ours. */
export function requestIdIn(body: unknown): RequestId | undefined {
  if (!isObject(body) || 'result' in body || 'error' in body) return undefined
  return isRequestId(body.id) ? body.id : undefined
}

export interface RpcRequest {
  readonly jsonrpc: '2.0'
  readonly id: RequestId
  readonly method: string
  readonly params?: JsonObject
}
export interface RpcNotification {
  readonly jsonrpc: '2.0'
  readonly method: string
  readonly params?: JsonObject
}
export interface RpcErrorBody {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}
export interface RpcResponse {
  readonly jsonrpc: '2.0'
  /** Absent where the request could not be read. */
  readonly id?: RequestId
  readonly result?: unknown
  readonly error?: RpcErrorBody
}
export type RpcMessage =
  | { readonly kind: 'request'; readonly request: RpcRequest }
  | { readonly kind: 'notification'; readonly notification: RpcNotification }
  | { readonly kind: 'response'; readonly response: RpcResponse & { readonly id: RequestId } }

/** JSON-RPC 2.0, and what MCP adds. */
export const RPC = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  /** For what has no code of its own: outside the ranges that the specifications reserve. */
  application: -31000,
  /** In the era with sessions only. */
  resourceNotFound: -32002,
  /** In one revision only. */
  urlElicitationRequired: -32042,
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedVersion: -32022,
} as const

/** A JSON-RPC error on its way to a client. */
export class RpcError extends Error {
  override readonly name = 'RpcError'
  readonly code: number
  readonly data: unknown

  constructor(code: number, message: string, data?: unknown) {
    super(message)
    this.code = code
    this.data = data
  }
}

export const toResult = (id: RequestId, result: unknown): RpcResponse => ({ jsonrpc: '2.0', id, result })

export const toError = (id: RequestId | undefined, { code, message, data }: RpcErrorBody): RpcResponse => ({
  jsonrpc: '2.0',
  ...(id !== undefined && { id }),
  error: { code, message, ...(data !== undefined && { data }) },
})

/** @throws RpcError -32600 when it is not one JSON-RPC 2.0 message */
export function parseMessage(body: unknown): RpcMessage {
  if (Array.isArray(body))
    throw new RpcError(RPC.invalidRequest, 'This revision has no batches; send one message per request.')
  if (!isObject(body) || body.jsonrpc !== '2.0') throw invalid('it has no "jsonrpc": "2.0"')
  const { id, method, params } = body
  if (typeof method === 'string') {
    if (params !== undefined && !isObject(params)) throw invalid('"params" must be an object')
    if (!('id' in body)) return { kind: 'notification', notification: body as unknown as RpcNotification }
    if (!isRequestId(id))
      throw invalid(`"id" must be an integer, or a string of at most ${MOST_ID_CHARACTERS} characters`)
    return { kind: 'request', request: body as unknown as RpcRequest }
  }
  // An answer names a question of ours, whose id may be longer than those that we take. What it says is for whoever
  // knows the question: there it counts as an answer that does not fit, and is asked again.
  const isResponse = (typeof id === 'string' || isRequestId(id)) && ('result' in body || 'error' in body)
  if (!isResponse) throw invalid('it is neither a request, a notification nor a response')
  return { kind: 'response', response: body as unknown as RpcResponse & { id: RequestId } }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const invalid = (what: string): RpcError => new RpcError(RPC.invalidRequest, `Invalid request: ${what}.`)
