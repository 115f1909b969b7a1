import { expect, test } from 'vitest'
import { renderVerdict } from './render-verdict.ts'

const gate = { name: 'tests', command: 'vitest run' }

test('a gate that holds is one line, with the totals of its tests and what was not run', () => {
  const output =
    'stdout | a\nNOT RUN: redis-server is not installed\n\u001b[2mDuration\u001b[22m\n7 passed, 0 failed, 1 skipped\n'
  expect(renderVerdict({ gate, holds: true, tookMs: 61_240, output })).toBe(
    'ok      tests        61.2 s  7 passed, 0 failed, 1 skipped\nNOT RUN: redis-server is not installed',
  )
})

test('a gate that fails shows what it printed', () => {
  expect(renderVerdict({ gate, holds: false, tookMs: 90, output: 'a.ts:1: no\n' })).toBe(
    'failed  tests         0.1 s\na.ts:1: no',
  )
})
