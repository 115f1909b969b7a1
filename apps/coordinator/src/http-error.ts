import { isRequestId, legacy, RPC, RpcError, type RpcResponse, toError } from '@longhaul/protocol'
import { LonghaulError } from '@longhaul/task'
import { Refusal } from './guards/refusal.ts'

export interface HttpError {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: RpcResponse
}

const BAD_REQUESTS: ReadonlySet<number> = new Set([RPC.invalidRequest, RPC.parseError, RPC.unsupportedVersion])

interface FastifyFault {
  readonly statusCode?: number
  readonly code?: string
}

/** What a request that failed is answered with: the one mapping from errors to HTTP. */
export function toHttpError(error: unknown, { id, maxBodyBytes }: { id: unknown; maxBodyBytes: number }): HttpError {
  const requestId = isRequestId(id) ? id : undefined
  if (error instanceof Refusal) {
    const body = toError(undefined, { code: RPC.application, message: error.message })
    return { status: error.status, headers: error.headers, body }
  }
  const fault = toParserFault(error as FastifyFault, maxBodyBytes)
  if (fault) return fault
  const body = toError(requestId, legacy.toRpcError(error))
  return { status: statusOf(error), headers: {}, body }
}

function statusOf(error: unknown): number {
  if (error instanceof RpcError) return BAD_REQUESTS.has(error.code) ? 400 : 200
  if (!(error instanceof LonghaulError)) return 500
  return error.code === 'store_unavailable' ? 503 : 200
}

/** What Fastify found wrong with a body before any handler saw it. */
function toParserFault({ code, statusCode }: FastifyFault, maxBodyBytes: number): HttpError | undefined {
  const fault = (status: number, rpcCode: number, message: string) => ({
    status,
    headers: {},
    body: toError(undefined, { code: rpcCode, message }),
  })
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return fault(413, RPC.invalidRequest, `The body is larger than ${maxBodyBytes} bytes (LONGHAUL_MAX_BODY_BYTES).`)
  }
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return fault(415, RPC.invalidRequest, 'Send the message as Content-Type: application/json.')
  }
  return statusCode === 400 ? fault(400, RPC.parseError, 'The body is not JSON.') : undefined
}
