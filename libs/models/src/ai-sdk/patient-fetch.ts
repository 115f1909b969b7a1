import http from 'node:http'
import https from 'node:https'

/** Interval of TCP keep-alive probes while a model thinks, so that no router on the way drops the silent connection. */
const PROBE_INTERVAL_MS = 30_000

/** The server could not be reached, or the connection broke before the whole answer was here. */
export class ConnectionFailure extends Error {}

/**
 * A fetch that waits as long as its signal lets it: the one built into Node gives up after 300 s without response
 * headers, and a model that thinks sends none before its turn is complete. Reads the whole body before it resolves,
 * unless it comes as events.
 * @throws ConnectionFailure, or the signal's reason; so does reading the events
 */
export async function patientFetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
  const url = new URL(input instanceof Request ? input.url : input)
  const fail = (error: unknown): never => {
    init.signal?.throwIfAborted()
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    // No `cause`: the AI SDK would look into it and wrap this in an error that holds the request.
    throw new ConnectionFailure(`${url.host}: ${reason}`)
  }
  const response = await send(url, init).catch(fail)
  const headers = new Headers()
  for (const [name, values] of Object.entries(response.headersDistinct))
    for (const value of values ?? []) headers.append(name, value)
  const answer = { status: response.statusCode ?? 0, headers }
  if (headers.get('content-type')?.startsWith('text/event-stream'))
    return new Response(ReadableStream.from(chunksOf(response, fail)), answer)
  const chunks = await Array.fromAsync(chunksOf(response, fail))
  return new Response(chunks.length > 0 ? Buffer.concat(chunks) : null, answer)
}

async function* chunksOf(response: http.IncomingMessage, fail: (error: unknown) => never): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of response) yield chunk
  } catch (error) {
    fail(error)
  }
}

function send(url: URL, { method, headers, body, signal }: RequestInit): Promise<http.IncomingMessage> {
  const { request: open } = url.protocol === 'https:' ? https : http
  return new Promise((resolve, reject) => {
    const request = open(url, {
      method,
      headers: Object.fromEntries(new Headers(headers)),
      signal: signal ?? undefined,
    })
    request.setSocketKeepAlive(true, PROBE_INTERVAL_MS)
    request.on('response', resolve)
    request.on('error', reject)
    request.end(body)
  })
}
