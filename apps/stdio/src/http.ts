import { RPC, RpcError, type RpcErrorBody } from '@longhaul/protocol'
import { type Endpoint, UnreachableError, type Want } from './endpoint.ts'
import { readEvents } from './event-reader.ts'
import type { Outage } from './outage.ts'

export interface HttpRequest {
  readonly method: 'POST' | 'GET' | 'DELETE'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal: AbortSignal
  /** Time for the whole answer: whoever takes more is no better than one who is away. No limit when absent. */
  readonly withinMs?: number
  /** `work` when absent. */
  readonly want?: Want
}

/** Any JSON-RPC message, as it came. */
export interface WireMessage {
  readonly jsonrpc: '2.0'
  readonly id?: string | number
  readonly method?: string
  readonly params?: { readonly [name: string]: unknown }
  readonly result?: { readonly [name: string]: unknown }
  readonly error?: RpcErrorBody
}

/** What came of one request: each message, and the id after which its stream can be resumed. */
export interface Received {
  readonly message?: WireMessage
  readonly eventId?: string
}

/** Statuses of a coordinator without its store, and of a proxy without a coordinator. */
const AWAY: ReadonlySet<number> = new Set([502, 503, 504])
/** Failures of a connection before anything was sent over it. */
const NOTHING_SENT: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
])

/** The requests to the installation. */
export class Http {
  readonly #endpoint: Endpoint
  readonly #outage: Pick<Outage, 'end'> | undefined

  /** `outage` is told when somebody answers. */
  constructor(endpoint: Endpoint, outage?: Pick<Outage, 'end'>) {
    this.#endpoint = endpoint
    this.#outage = outage
  }

  /**
   * Resolves when the response begins; an error of MCP is a response, too.
   * @throws UnreachableError; RpcError when the installation does not know the key; what aborted the signal
   */
  async send({ method, headers, body, signal, withinMs, want = 'work' }: HttpRequest): Promise<Response> {
    const { url, key } = await this.#endpoint.find(want)
    const init: RequestInit = {
      method,
      headers: { ...ACCEPT[method], ...(key && { authorization: `Bearer ${key}` }), ...headers },
      signal: withinMs === undefined ? signal : AbortSignal.any([signal, AbortSignal.timeout(withinMs)]),
      // A POST would go on as a GET, and the key to another host.
      redirect: 'error',
      ...(body !== undefined && { body }),
    }
    const response = await fetch(url, init).catch((error: Error) => {
      throw isAborted(signal) ? error : toUnreachable(error, url)
    })
    if (AWAY.has(response.status)) throw new UnreachableError(await describe(response, url), { mayHaveArrived: true })
    this.#outage?.end()
    if (response.status === 401) {
      const says = key === undefined ? 'asks for a key' : 'does not take the key'
      const { message } = (await errorIn(response)) ?? {}
      const why = message === undefined ? '' : ` It says: ${message}`
      throw new RpcError(
        RPC.application,
        `${url} ${says}. Set LONGHAUL_API_KEY to one that it knows, or to an access token.${why}`,
      )
    }
    return response
  }
}

/** What takes too long is no different from what does not answer. */
const isAborted = ({ aborted, reason }: AbortSignal): boolean => aborted && Object(reason).name !== 'TimeoutError'

const ACCEPT = {
  POST: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
  GET: { accept: 'text/event-stream' },
  DELETE: {},
} as const

/**
 * The messages of a response, in JSON or in a stream. What is not read stays where it is: a slow reader slows down the
 * one who writes.
 * @throws UnreachableError when the stream breaks; RpcError when it is none of MCP
 */
export async function* messagesOf(response: Response): AsyncGenerator<Received> {
  const { body, status, url } = response
  if (body === null || status === 202 || status === 204) return
  try {
    if (isStream(response)) {
      for await (const { id, data } of readEvents(body)) {
        yield { ...(id !== undefined && { eventId: id }), ...(data !== '' && { message: parse(data, response) }) }
      }
    } else yield { message: parse(await response.text(), response) }
  } catch (error) {
    if (error instanceof RpcError) throw error
    throw toUnreachable(error as Error, url)
  }
}

/** Whether the response is a stream: the request is being worked on. */
export const isStream = ({ headers }: Response): boolean =>
  headers.get('content-type')?.startsWith('text/event-stream') === true

function parse(text: string, { url, status }: Response): WireMessage {
  try {
    const message: unknown = JSON.parse(text)
    if (Object(message).jsonrpc === '2.0') return message as WireMessage
  } catch {
    // Neither is it MCP.
  }
  throw new RpcError(RPC.application, `${url} answered HTTP ${status} with something that is not MCP. Is it Longhaul?`)
}

function toUnreachable(error: Error, url: string): UnreachableError {
  const { code, message = error.message } = Object(error.cause) as {
    readonly code?: unknown
    readonly message?: string
  }
  const reason = typeof code === 'string' ? code : message
  return new UnreachableError(`Longhaul cannot be reached at ${url} (${reason}).`, {
    mayHaveArrived: !NOTHING_SENT.has(String(code)),
  })
}

async function describe(response: Response, url: string): Promise<string> {
  const error = await errorIn(response)
  return error
    ? `Longhaul at ${url} cannot serve just now: ${error.message}`
    : `Longhaul cannot be reached at ${url} (HTTP ${response.status}).`
}

/** Undefined where the answer is in a proxy's own words. */
async function errorIn(response: Response): Promise<RpcErrorBody | undefined> {
  const text = await response.text().catch(() => '')
  try {
    return (JSON.parse(text) as WireMessage).error
  } catch {
    return undefined
  }
}
