import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import { RPC, toError } from '@longhaul/protocol'

/** What Node found wrong before there was a request: HTTP status, and what to tell. */
const FAULTS: Readonly<Record<string, readonly [status: number, message: string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'The headers of the request are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request took too long to arrive (LONGHAUL_REQUEST_TIMEOUT_MS).'],
}

/** Answers what is no HTTP request that can be read, as far as there is still somebody to answer. */
export function refuseUnreadable(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy()
  const [status, message] = FAULTS[error.code ?? ''] ?? [400, 'This is no HTTP request that can be read.']
  const body = JSON.stringify(toError(undefined, { code: RPC.application, message }))
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    '',
    body,
  ]
  socket.end(lines.join('\r\n'), () => socket.destroy())
}
