import { expect, test, vi } from 'vitest'
import { parseSubmissionMeta } from './submission-meta.ts'

test('a budget is taken as it is, and refused where it is none', () => {
  const budget = { costUsd: 0.2, turns: 3, atLimit: 'end' }
  expect(parseSubmissionMeta({ 'dev.longhaul/budget': budget })).toEqual({ budget })
  expect(() => parseSubmissionMeta({ 'dev.longhaul/budget': { dollars: 3 } })).toThrow(/_meta\.dev\.longhaul\/budget/)
  expect(() => parseSubmissionMeta({ 'dev.longhaul/budget': { tokens: 0.5 } })).toThrow(/budget\.tokens/)
})

test('reads what a call says of its task, and leaves the rest alone', () => {
  const meta = {
    progressToken: 1,
    'io.example/other': true,
    'dev.longhaul/idempotencyKey': 'order 7',
    'dev.longhaul/priority': 9,
    'dev.longhaul/startAfter': '2030-01-01T01:00:00+01:00',
  }
  expect(parseSubmissionMeta(meta)).toEqual({ idempotencyKey: 'order 7', priority: 9, startAt: Date.UTC(2030, 0) })
  expect(parseSubmissionMeta({ 'dev.longhaul/priority': 0 })).toEqual({ priority: 0 })
  expect(parseSubmissionMeta()).toEqual({})
})

test('counts a delay from now', () => {
  vi.useFakeTimers({ now: 1000 })
  try {
    expect(parseSubmissionMeta({ 'dev.longhaul/delayMs': 500 })).toEqual({ startAt: 1500 })
  } finally {
    vi.useRealTimers()
  }
})

test.each([
  ['idempotencyKey', '', 'Too small: expected string to have >=1 characters'],
  ['idempotencyKey', 7, 'expected string, received number'],
  ['priority', 10, 'Too big: expected number to be <=9'],
  ['priority', 1.5, 'expected int, received number'],
  ['startAfter', 'tomorrow', 'Invalid ISO datetime'],
  ['startAfter', '2030-01-01T00:00:00', 'Invalid ISO datetime'],
  ['delayMs', -1, 'Too small: expected number to be >=0'],
  ['delayMs', '5', 'expected number, received string'],
])('refuses %s %j', (name, value, fault) => {
  expect(() => parseSubmissionMeta({ [`dev.longhaul/${name}`]: value })).toThrow(
    `Invalid params of tools/call: _meta.dev.longhaul/${name}: ${fault}.`,
  )
})

test('refuses two starts', () => {
  const meta = { 'dev.longhaul/delayMs': 1, 'dev.longhaul/startAfter': '2030-01-01T00:00:00Z' }
  expect(() => parseSubmissionMeta(meta)).toThrow('_meta.dev.longhaul/delayMs: either this or startAfter, not both')
})
