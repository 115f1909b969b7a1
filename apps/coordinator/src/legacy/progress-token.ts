import { isRequestId, type RequestId, RPC, RpcError, type RpcRequest } from '@longhaul/protocol'

/** The token under which a caller wants to be told of progress. @throws RpcError when it cannot be sent back */
export function checkProgressToken(
  { method }: RpcRequest,
  meta: { readonly progressToken?: unknown } | undefined,
): { readonly progressToken?: RequestId } {
  const { progressToken } = meta ?? {}
  if (progressToken === undefined) return {}
  if (isRequestId(progressToken)) return { progressToken }
  throw new RpcError(RPC.invalidParams, `Invalid params of ${method}: _meta.progressToken: too long to be sent back.`)
}
