import { describe, expect, test } from 'vitest'
import { readSettings, SETTINGS, SUBJECTS } from './settings.ts'

test('without variables, and with empty ones, everything has its default', () => {
  const defaults = readSettings({})
  expect(Object.keys(defaults)).toEqual(Object.keys(SETTINGS))
  expect(defaults).toMatchObject({
    port: 4620,
    host: '127.0.0.1',
    allowedHosts: [],
    maxArgumentBytes: 1_048_576,
    defaultTtlMs: 86_400_000,
    maxTtlMs: 2_592_000_000,
    questionDeadlineMs: 2_592_000_000,
    maxInvalidAnswers: 3,
    leaseMs: 5000,
    sweepIntervalMs: 500,
    workers: 2,
    logLevel: 'info',
  })
  expect(readSettings({ PORT: '', LONGHAUL_HOST: '', LONGHAUL_QUEUES: '' })).toEqual(defaults)
})

test('a variable is read in the shape of its default', () => {
  expect(
    readSettings({
      PORT: ' 0 ',
      LONGHAUL_HOST: ' 0.0.0.0 ',
      LONGHAUL_QUEUES: 'default, gpu,,',
      LONGHAUL_LOG_LEVEL: 'debug',
    }),
  ).toMatchObject({ port: 0, host: '0.0.0.0', queues: ['default', 'gpu'], logLevel: 'debug' })
})

test('every wrong value is named with what it takes', () => {
  const wrong = {
    PORT: '70000',
    LONGHAUL_LEASE_MS: '99',
    LONGHAUL_WORKERS: '-1',
    LONGHAUL_CONCURRENCY: '0',
    LONGHAUL_MAX_TTL_MS: '1e9',
    LONGHAUL_KEEP_ALIVE_MS: '3000000000',
    LONGHAUL_LOG_LEVEL: 'loud',
  }
  expect(() => readSettings({ ...wrong, LONGHAUL_HOST: 'anything' })).toThrow(
    new Error(
      [
        'These settings cannot be used:',
        'PORT=70000: a whole number from 0 to 65535',
        'LONGHAUL_KEEP_ALIVE_MS=3000000000: a whole number from 1 to 2147483647',
        'LONGHAUL_MAX_TTL_MS=1e9: a whole number of at least 1',
        'LONGHAUL_WORKERS=-1: a whole number of at least 0',
        'LONGHAUL_CONCURRENCY=0: a whole number of at least 1',
        'LONGHAUL_LEASE_MS=99: a whole number from 100 to 2147483647',
        'LONGHAUL_LOG_LEVEL=loud: one of trace, debug, info, warn, error, fatal, silent',
      ].join('\n  '),
    ),
  )
})

describe('every setting', () => {
  const all = Object.values(SETTINGS)

  test('stands under one subject', () => {
    expect(Object.values(SUBJECTS).flatMap((subject) => Object.entries(subject))).toEqual(Object.entries(SETTINGS))
  })

  test('has a variable of its own', () => {
    expect(new Set(all.map(({ env }) => env)).size).toBe(all.length)
    for (const { env } of all) expect(env).toMatch(/^(PORT|LONGHAUL_[A-Z_]+)$/)
  })

  test('says what it is about in a sentence, and takes its own default', () => {
    for (const { description, default: fallback, parse } of all) {
      expect(description).toMatch(/^[A-Z].*\.$/)
      expect(parse(String(fallback))).toEqual(fallback)
    }
  })
})
