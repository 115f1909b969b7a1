import { RPC, type RpcErrorBody, toRpcError } from '@longhaul/protocol'
import { UnreachableError } from './endpoint.ts'

/** What a request failed of, for the client; what is ours alone becomes an internal error. */
export const toErrorBody = (error: unknown): RpcErrorBody =>
  error instanceof UnreachableError ? { code: RPC.application, message: error.message } : toRpcError(error)
