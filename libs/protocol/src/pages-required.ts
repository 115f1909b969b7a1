import { RPC, type RpcErrorBody } from './json-rpc.ts'

/**
 * An error as whoever made the call may be told it (P26): one that lists pages to be dealt with first has a code of its
 * own, and goes only to a client that shows pages. To the others its message says the same.
 */
export function toToldError(error: RpcErrorBody, showsPages: boolean): RpcErrorBody {
  if (error.code !== RPC.urlElicitationRequired || (showsPages && hasPages(error.data))) return error
  return { code: RPC.application, message: error.message }
}

/** The error is what a tool threw, so that its data may be anything. */
function hasPages(data: unknown): boolean {
  const { elicitations } = Object(data) as { readonly elicitations?: unknown }
  return Array.isArray(elicitations) && elicitations.length > 0 && elicitations.every(isPage)
}

function isPage(value: unknown): boolean {
  const { mode, message, url, elicitationId } = Object(value) as Readonly<Record<string, unknown>>
  return mode === 'url' && [message, url, elicitationId].every((member) => typeof member === 'string')
}
