import { randomUUID } from 'node:crypto'
import type { RpcRequest } from '@longhaul/protocol'

const KEY = 'dev.longhaul/idempotencyKey'

/** A call with a name, so that sending it again, when nobody knows whether it arrived, makes no second task of it. */
export function nameCall(request: RpcRequest): RpcRequest {
  const { method, params } = request
  const meta = Object(params?._meta)
  if (method !== 'tools/call' || meta[KEY] !== undefined) return request
  return { ...request, params: { ...params, _meta: { ...meta, [KEY]: `stdio-${randomUUID()}` } } }
}
