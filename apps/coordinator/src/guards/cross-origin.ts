import type { Refusal } from './refusal.ts'

type Headers = Refusal['headers']

/** Lets a page of an origin that may call read what it is answered, stream ids included (CORS). */
export const toCrossOriginHeaders = (origin: string): Headers => ({
  'access-control-allow-origin': origin,
  'access-control-expose-headers': 'mcp-session-id, www-authenticate',
  vary: 'origin',
})

/** What a browser asks for before such a page may call at all. */
export const toPreflightHeaders = (methods: readonly string[]): Headers => ({
  'access-control-allow-methods': methods.join(', '),
  'access-control-allow-headers':
    'authorization, content-type, last-event-id, mcp-method, mcp-name, mcp-protocol-version, mcp-session-id',
  'access-control-max-age': '600',
})
