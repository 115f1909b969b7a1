import type { Refusal } from './refusal.ts'

type Headers = Refusal['headers']

/** Lets a page of an origin that may call read what it is answered, stream ids included (CORS, Z15). */
export const toCrossOriginHeaders = (origin: string): Headers => ({
  'access-control-allow-origin': origin,
  'access-control-expose-headers': 'location, mcp-session-id, preference-applied, retry-after, www-authenticate',
  vary: 'origin',
})

/** What clients send beside what every page may send anyway. */
const REQUEST_HEADERS = [
  'authorization',
  'baggage',
  'content-type',
  'idempotency-key',
  'last-event-id',
  'mcp-method',
  'mcp-name',
  'mcp-protocol-version',
  'mcp-session-id',
  'prefer',
  'traceparent',
  'tracestate',
]

/** Headers that repeat arguments: each tool names its own, so that none can be listed. */
const ARGUMENT_HEADER = /^mcp-param-[\w!#$%&'*+.^`|~-]+$/

export interface Preflight {
  readonly methods: readonly string[]
  /** `Access-Control-Request-Headers`: what the page is about to send. */
  readonly asked: string | undefined
}

/** What a browser asks for before such a page may call at all. */
export function toPreflightHeaders({ methods, asked = '' }: Preflight): Headers {
  const names = asked.split(',').map((name) => name.trim().toLowerCase())
  const argumentHeaders = names.filter((name) => ARGUMENT_HEADER.test(name))
  return {
    'access-control-allow-methods': methods.join(', '),
    'access-control-allow-headers': [...REQUEST_HEADERS, ...argumentHeaders].join(', '),
    'access-control-max-age': '600',
    vary: 'origin, access-control-request-headers',
  }
}
