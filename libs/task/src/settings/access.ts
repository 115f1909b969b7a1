import { MAX_TIMER_MS } from '../max-timer.ts'
import { choice, integer, list, word } from './setting.ts'

export const ACCESS = {
  port: integer('PORT', 4620, 'Port of the coordinator; 0 takes a free one.', { least: 0, most: 65_535 }),
  host: word(
    'LONGHAUL_HOST',
    '127.0.0.1',
    'Address the coordinator binds. Beyond loopback it refuses to start without LONGHAUL_API_KEYS or LONGHAUL_OAUTH_ISSUERS.',
  ),
  publicUrl: word(
    'LONGHAUL_PUBLIC_URL',
    '',
    'URL under which clients reach the coordinator, without `/mcp`, when it is not its address. Its host is allowed.',
  ),
  apiKeys: list(
    'LONGHAUL_API_KEYS',
    'Who may call: `name=sha256:HEX scope scope`, comma-separated (see `longhaul key`). Empty: everybody on loopback is `local`.',
  ),
  allowedHosts: list('LONGHAUL_ALLOWED_HOSTS', 'Further host names accepted in the Host header, comma-separated.'),
  allowedOrigins: list(
    'LONGHAUL_ALLOWED_ORIGINS',
    'Origins of browser clients that may call, comma-separated, beside loopback ones.',
  ),
  maxBodyBytes: integer(
    'LONGHAUL_MAX_BODY_BYTES',
    4 * 1024 * 1024,
    'Largest message of a client: the body of an HTTP request, or a line of `longhaul stdio`.',
  ),
  requestTimeoutMs: integer(
    'LONGHAUL_REQUEST_TIMEOUT_MS',
    60_000,
    'Time in which an HTTP request must have arrived whole; a slow network may need more for a large body.',
    { most: MAX_TIMER_MS },
  ),
  maxBatchMessages: integer(
    'LONGHAUL_MAX_BATCH_MESSAGES',
    100,
    'Most messages in one batch, for clients whose revision has batches.',
  ),
  httpSse: choice(
    'LONGHAUL_HTTP_SSE',
    'off',
    'The older transport HTTP+SSE, at /sse and /messages. What a client posts must reach the coordinator that has its stream.',
    ['off', 'on'],
  ),
  httpApi: choice('LONGHAUL_HTTP_API', 'on', 'The HTTP API beside MCP, at /v1, for the same callers.', ['on', 'off']),
  maxSseRequests: integer(
    'LONGHAUL_MAX_SSE_REQUESTS',
    1000,
    'Requests that a client of HTTP+SSE may have unanswered at once; more are refused.',
  ),
}
