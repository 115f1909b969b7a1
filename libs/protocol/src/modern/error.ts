import { type JsonObject, LonghaulError } from '@longhaul/task'
import { toRpcError } from '../error.ts'
import { RPC, RpcError, type RpcErrorBody } from '../json-rpc.ts'
import { toToldError } from '../pages-required.ts'
import { requireCapability } from './capabilities.ts'

/** A request whose `_meta` is not what every request of this era carries. */
export class EnvelopeError extends RpcError {}

/** @returns the error of a request that needs what its client did not declare */
export const missingCapabilities = (requiredCapabilities: JsonObject): RpcError =>
  new RpcError(RPC.missingCapability, 'The request needs capabilities that its client did not declare.', {
    requiredCapabilities,
  })

/** The JSON-RPC error for whatever a request ran into, and the HTTP status that this era gives it. */
export function toModernError(error: unknown): { readonly status: number; readonly body: RpcErrorBody } {
  const body = toToldError(toBody(error), false)
  return { status: error instanceof EnvelopeError ? 400 : statusOf(error, body), body }
}

function toBody(error: unknown): RpcErrorBody {
  // This era has no code of its own for it (F16).
  if (error instanceof LonghaulError && error.code === 'resource_not_found') {
    return { ...toRpcError(error), code: RPC.invalidParams }
  }
  if (!(error instanceof LonghaulError) || error.code !== 'client_cannot_answer') return toRpcError(error)
  const { capability } = error.data as { readonly capability: string }
  const data = { requiredCapabilities: requireCapability(capability) }
  return { code: RPC.missingCapability, message: error.message, data }
}

const STATUSES: ReadonlyMap<number, number> = new Map([
  [RPC.parseError, 400],
  [RPC.invalidRequest, 400],
  [RPC.methodNotFound, 404],
  [RPC.headerMismatch, 400],
  [RPC.missingCapability, 400],
  [RPC.unsupportedVersion, 400],
])

function statusOf(error: unknown, { code }: RpcErrorBody): number {
  if (error instanceof LonghaulError) return error.code === 'store_unavailable' ? 503 : (STATUSES.get(code) ?? 200)
  return error instanceof RpcError ? (STATUSES.get(code) ?? 200) : 500
}
