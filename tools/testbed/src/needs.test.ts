import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { needs } from './needs.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'longhaul-needs-'))
  await writeFile(join(folder, 'valkey-server'), '#!/bin/sh\n')
  await chmod(join(folder, 'valkey-server'), 0o755)
})
afterAll(() => rm(folder, { recursive: true }))

test('lets a test run where one of the programs is there', () => {
  expect(needs('redis-server', 'recovers', { env: { PATH: folder } })).toBe(true)
})

test.each([
  ['redis-server', 'NOT RUN: recovers (needs redis-server or valkey-server on the PATH)'],
  ['chromium', 'NOT RUN: recovers (needs chromium or chromium-browser or google-chrome on the PATH)'],
] as const)('says in one line that a test without %s was not run', (program, line) => {
  const printed: string[] = []
  expect(needs(program, 'recovers', { env: { PATH: '' }, print: (text) => printed.push(text) })).toBe(false)
  expect(printed).toEqual([line])
})

test('fails instead in CI', () => {
  expect(() => needs('redis-server', 'recovers', { env: { PATH: '', CI: 'true' } })).toThrow(
    'NOT RUN: recovers (needs redis-server or valkey-server on the PATH). In CI every test must run.',
  )
})

test('fails nowhere for want of a program with which only examples are tried', () => {
  const env = { PATH: '', CI: 'true' }
  expect(needs('python3', 'reads well', { env, print: () => {} })).toBe(false)
})
