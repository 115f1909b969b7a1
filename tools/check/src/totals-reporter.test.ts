import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const CONFIG = fileURLToPath(new URL('../../../vitest.config.ts', import.meta.url))
const VITEST = join(createRequire(import.meta.url).resolve('vitest/package.json'), '../vitest.mjs')

/** Runs vitest, with the configuration of this repository, on one test file. */
function runVitest(source: string, ...args: readonly string[]) {
  const root = mkdtempSync(join(tmpdir(), 'totals-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  mkdirSync(join(root, 'libs'))
  writeFileSync(join(root, 'libs/one.test.ts'), source)
  const { status, stdout } = spawnSync(
    process.execPath,
    [VITEST, 'run', '--root', root, '--config', CONFIG, '--globals', ...args],
    { encoding: 'utf8', env: { ...process.env, FORCE_COLOR: '1' } },
  )
  return { status, lastLine: stdout.slice(stdout.trimEnd().lastIndexOf('\n') + 1) }
}

test('a green run ends with its totals', () => {
  expect(runVitest("test('a', () => {}); test.skip('b', () => {}); test.todo('c')")).toEqual({
    status: 0,
    lastLine: '1 passed, 0 failed, 2 skipped\n',
  })
})

test('a failing run ends with its totals too', () => {
  expect(runVitest("test('a', () => {}); test('b', () => { throw new Error('no') })")).toEqual({
    status: 1,
    lastLine: '1 passed, 1 failed, 0 skipped\n',
  })
})

test.each([
  ['a file that cannot be loaded', "import './gone.ts'", '0 passed, 1 failed, 0 skipped\n'],
  [
    'a hook that throws',
    "describe('x', () => { beforeAll(() => { throw new Error('no') }); test('a', () => {}) }); test('b', () => {})",
    '1 passed, 1 failed, 1 skipped\n',
  ],
  [
    'an error that no test awaits',
    "test('a', async () => { setTimeout(() => { throw new Error('no') }); await new Promise((go) => setTimeout(go, 20)) })",
    '1 passed, 1 failed, 0 skipped\n',
  ],
])('counts %s as failed', (_what, source, lastLine) => {
  expect(runVitest(source)).toEqual({ status: 1, lastLine })
})

test('a run in which no test was executed fails', () => {
  expect(runVitest("test.skip('a', () => {})")).toEqual({ status: 1, lastLine: '0 passed, 0 failed, 1 skipped\n' })
  expect(runVitest("test('a', () => {})", 'another', '--passWithNoTests')).toEqual({
    status: 1,
    lastLine: '0 passed, 0 failed, 0 skipped\n',
  })
})
