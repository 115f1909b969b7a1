import { expect, test } from 'vitest'
import { toRetryAfterMs } from './retry-after.ts'

const NOW = Date.UTC(2026, 10, 26, 12, 0, 0)

test.each([
  [{ 'retry-after': '7' }, 7000],
  [{ 'retry-after': ' 0.5 ' }, 500],
  [{ 'retry-after': 'Thu, 26 Nov 2026 12:00:30 GMT' }, 30_000],
  [{ 'retry-after': 'Thu, 26 Nov 2026 11:00:00 GMT' }, 0],
  [{ 'retry-after': '9', 'retry-after-ms': '150' }, 150],
  [{ 'retry-after': '86400' }, 3_600_000],
  [{ 'retry-after': 'soon' }, undefined],
  [{}, undefined],
  // Anthropic: only the limit that is used up counts.
  [
    {
      'anthropic-ratelimit-requests-remaining': '3',
      'anthropic-ratelimit-requests-reset': '2026-11-26T12:59:00Z',
      'anthropic-ratelimit-input-tokens-remaining': '0',
      'anthropic-ratelimit-input-tokens-reset': '2026-11-26T12:00:20Z',
      'anthropic-ratelimit-tokens-remaining': '0',
      'anthropic-ratelimit-tokens-reset': '2026-11-26T12:00:45Z',
    },
    45_000,
  ],
  [{ 'retry-after': '2', 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1h' }, 2000],
  [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m2.5s' }, 62_500],
  [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '20ms' }, 20],
  [{ 'x-ratelimit-remaining-tokens': '9', 'x-ratelimit-reset-tokens': '20ms' }, undefined],
  [{ 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': 'later' }, undefined],
] as [Record<string, string>, number | undefined][])('reads the headers %j as %s ms', (headers, ms) => {
  expect(toRetryAfterMs({ headers }, NOW)).toBe(ms)
})

test.each([
  [{ error: { details: [{ '@type': 'type.googleapis.com/google.rpc.Help' }, { retryDelay: '34.07s' }] } }, 34_070],
  [{ error: { details: [{ retryDelay: 'soon' }] } }, undefined],
  [{ error: { details: [] } }, undefined],
  ['<h1>Bad gateway</h1>', undefined],
  [undefined, undefined],
])('reads the body %j as %s ms', (body, ms) => {
  expect(toRetryAfterMs({ body: typeof body === 'object' ? JSON.stringify(body) : body }, NOW)).toBe(ms)
})
