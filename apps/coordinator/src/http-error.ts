import { RPC, RpcError, type RpcResponse, requestIdIn, toError, toRpcError } from '@longhaul/protocol'
import { LonghaulError } from '@longhaul/task'
import { Refusal } from './guards/refusal.ts'
import { isUnavailable } from './is-unavailable.ts'

export interface HttpError {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: RpcResponse
}

/** A request that failed, as far as it was read. */
interface Failed {
  /** Whatever it sent; undefined where nobody listened to that. */
  readonly body: unknown
  readonly maxBodyBytes: number
}

/** What a request that failed is answered with: the one mapping from errors to HTTP. */
export function toHttpError(error: unknown, { body, maxBodyBytes }: Failed): HttpError {
  const id = requestIdIn(body)
  const refusal = error instanceof Refusal ? error : toRefusal(error, maxBodyBytes)
  if (!refusal) return { status: statusOf(error), headers: {}, body: toError(id, toRpcError(error)) }
  const { status, headers, message } = refusal
  return { status, headers, body: toError(id, { code: RPC.application, message }) }
}

const BAD_REQUESTS: ReadonlySet<number> = new Set([RPC.invalidRequest, RPC.parseError, RPC.unsupportedVersion])

function statusOf(error: unknown): number {
  if (error instanceof RpcError) return BAD_REQUESTS.has(error.code) ? 400 : 200
  if (isUnavailable(error)) return 503
  return error instanceof LonghaulError ? 200 : 500
}

/** What Fastify found wrong with a request before any handler saw it. */
export function toRefusal(error: unknown, maxBodyBytes: number): Refusal | undefined {
  const { code, statusCode = 500, message } = error as { code?: unknown; statusCode?: number; message: string }
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new Refusal(413, `The body is larger than ${maxBodyBytes} bytes (LONGHAUL_MAX_BODY_BYTES).`)
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return new Refusal(415, 'Send the message as Content-Type: application/json.')
  }
  if (code === 'ECONNRESET') return new Refusal(400, 'The request broke off before it had arrived.')
  return String(code).startsWith('FST_') && statusCode < 500 ? new Refusal(statusCode, message) : undefined
}
