import { once } from 'node:events'
import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'

export interface HttpCall {
  readonly method?: string
  readonly path?: string
  /** Any of them, Host included, which `fetch` does not let be set. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as it is where it is text, else as JSON. */
  readonly body?: unknown
}
export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Undefined where there is none. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  readonly body: any
}

/** One request over a socket of its own, answered in JSON or with nothing. */
export async function call(address: string, options: HttpCall): Promise<HttpAnswer> {
  const response = await open(address, options)
  const isJson = /^application\/(problem\+)?json/.test(response.headers['content-type'] ?? '')
  const body = (await text(response)) || undefined
  return { status: response.statusCode ?? 0, headers: response.headers, body: body && isJson ? JSON.parse(body) : body }
}

/** One request, as soon as its answer begins. */
export async function open(
  address: string,
  { method = 'POST', path = '/mcp', headers = {}, body }: HttpCall,
): Promise<IncomingMessage> {
  const given = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
  const type = given === undefined ? {} : { 'content-type': 'application/json' }
  const sent = request(new URL(path, address), { method, headers: { ...type, ...headers }, agent: false })
  sent.end(given)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return response
}
