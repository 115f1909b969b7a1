import {
  InsufficientScopeError,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  SdkHttpError,
} from '@modelcontextprotocol/client'
import { authorizationErrorIn } from './authorization-error.ts'
import { ANSWER_LOST } from './http-transport.ts'
import { networkCode } from './network-code.ts'

/** Why a request to a server gave no result. Only `undelivered`, `refused` and `unauthorized` mean that nothing happened. */
export type Failure =
  /** It reached nobody, and may be sent again on a new connection. */
  | { readonly kind: 'undelivered'; readonly message: string }
  /** The server did not take it. `isForNow`: it may take it later. */
  | { readonly kind: 'refused'; readonly message: string; readonly isForNow: boolean }
  /** It was not sent, since there is no access token. `isForNow`: there may be one later. */
  | { readonly kind: 'unauthorized'; readonly message: string; readonly isForNow: boolean }
  | { readonly kind: 'exited' }
  | { readonly kind: 'timeout' }
  /** The connection or the server failed in the middle of it. */
  | { readonly kind: 'lost'; readonly message: string }
  /** The server answered, with a JSON-RPC error or with something that is no tool result. */
  | { readonly kind: 'answered'; readonly message: string }

/** Network errors that come before a request is on its way. */
const NEVER_SENT = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']

export function failureOf(error: unknown): Failure {
  const unauthorized = authorizationErrorIn(error)
  if (unauthorized) {
    const { message, isForNow } = unauthorized
    return { kind: 'unauthorized', message: `there is no access token for it: ${message}`, isForNow }
  }
  if (error instanceof ProtocolError) {
    if (error.data === ANSWER_LOST) return { kind: 'lost', message: 'the connection ended before the answer' }
    return { kind: 'answered', message: `error ${error.code}, ${error.message}` }
  }
  if (error instanceof InsufficientScopeError) {
    const wanted =
      error.requiredScope === undefined ? '' : ` and wants the scope ${JSON.stringify(error.requiredScope)}`
    return { kind: 'refused', message: `it answered HTTP 403${wanted}${LOOK}`, isForNow: false }
  }
  if (error instanceof SdkHttpError) return httpFailure(error, error.data.status)
  if (error instanceof SdkError) return sdkFailure(error)
  const message = messageOf(error)
  // The SDK's words for a request on a client whose connection is closed.
  if (message === 'Not connected') return { kind: 'undelivered', message: 'it is not connected' }
  const code = networkCode(error)
  if (code === undefined) return { kind: 'lost', message }
  return { kind: NEVER_SENT.includes(code) ? 'undelivered' : 'lost', message: `the network says ${code}` }
}

/** The specification says 404 for a session that is not known (any more); many servers say 400. */
const NO_SESSION = [400, 404]
/** Statuses that are given before anything is done, unlike those of a gateway that gave up waiting. */
const TOO_MANY_REQUESTS = 429
const REFUSALS = [401, 403, 405, 406, 413, 415, TOO_MANY_REQUESTS]

const LOOK = ': look at the "headers" or the "oauth" of this server in mcp.json'

/** Whether the server says that it has no such session. */
export const isSessionGone = (error: unknown): boolean =>
  error instanceof SdkHttpError && NO_SESSION.includes(error.data.status ?? 0)

/** Whether the error says that the connection as a whole may be gone, and not one request only. */
export const isConnectionTrouble = (error: unknown): boolean => networkCode(error) !== undefined || isSessionGone(error)

/** One line for a log or a problem: what connecting to a server failed with. */
export function describeConnectFailure(error: unknown, timeoutMs: number): string {
  const code = networkCode(error)
  if (code === 'ENOENT') return 'its command was not found, or the folder that it should run in does not exist'
  if (code !== undefined) return `it cannot be reached (${code})`
  const failure = failureOf(error)
  if (failure.kind === 'timeout')
    return `it did not answer within ${timeoutMs} ms (its "connectTimeoutMs" in mcp.json, or LONGHAUL_UPSTREAM_CONNECT_MS)`
  return failure.kind === 'exited' ? 'it exited while starting' : failure.message
}

function httpFailure(error: SdkHttpError, status = 0): Failure {
  const message = status === 0 ? error.message : `it answered HTTP ${status}`
  if (NO_SESSION.includes(status)) return { kind: 'undelivered', message: `${message}: the session or address is gone` }
  if (status === 401 || status === 403) {
    return { kind: 'refused', message: `${message}${LOOK}`, isForNow: false }
  }
  return REFUSALS.includes(status)
    ? { kind: 'refused', message, isForNow: status === TOO_MANY_REQUESTS }
    : { kind: 'lost', message }
}

function sdkFailure(error: SdkError): Failure {
  switch (error.code) {
    case SdkErrorCode.RequestTimeout:
      return { kind: 'timeout' }
    case SdkErrorCode.NotConnected:
      return { kind: 'undelivered', message: 'it is not connected' }
    case SdkErrorCode.ConnectionClosed:
      return { kind: 'exited' }
    case SdkErrorCode.InvalidResult:
      return { kind: 'answered', message: 'its answer is not what MCP says a result looks like' }
    case SdkErrorCode.UnsupportedResultType:
      return { kind: 'answered', message: unsupported(error.data) }
    default:
      return { kind: 'answered', message: error.message }
  }
}

function unsupported(data: unknown): string {
  const type = typeof data === 'object' && data !== null && 'resultType' in data ? String(data.resultType) : 'unknown'
  return type === 'input_required'
    ? 'it asks for sampling, elicitation or roots before it goes on, which is passed on for exposed tools only'
    : `it answers with a result of type "${type}", which is taken for exposed tools only`
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
