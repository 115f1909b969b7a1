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
])('reads %j as %s ms', (headers, ms) => {
  expect(toRetryAfterMs(headers, NOW)).toBe(ms)
})
