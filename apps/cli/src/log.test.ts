import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { expect, test } from 'vitest'
import { toLoggedError } from './log.ts'

const PROGRAM = join(import.meta.dirname, 'fixtures', 'last-words.ts')
const ENDS_WITHIN_MS = 15_000
/** Runs a program on a terminal of its own. */
const SCRIPT = '/usr/bin/script'

test('writes JSON to what is no terminal, and every line before it exits', () => {
  const written = execFileSync('/bin/sh', ['-c', `'${process.execPath}' '${PROGRAM}' 2>&1`], { encoding: 'utf8' })
  const lines = written
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines).toHaveLength(100)
  expect(lines[99]).toMatchObject({ level: 30, name: 'test', number: 100, msg: 'last words' })
})

test('lets its process end although nobody reads what it writes any more', () => {
  // The shell waits for both ends of the pipe, and the reading one is gone at once.
  execFileSync('/bin/sh', ['-c', `'${process.execPath}' '${PROGRAM}' 2>&1 | true`], { timeout: ENDS_WITHIN_MS })
})

test.runIf(existsSync('/dev/full'))('lets its process live although the disk is full that it writes to', () => {
  execFileSync('/bin/sh', ['-c', `'${process.execPath}' '${PROGRAM}' 2>/dev/full`], { timeout: ENDS_WITHIN_MS })
})

test.runIf(process.platform === 'linux' && existsSync(SCRIPT))(
  'writes for people to a terminal, and every line before it exits',
  () => {
    const written = execFileSync(SCRIPT, ['-qec', `'${process.execPath}' '${PROGRAM}'`, '/dev/null'], {
      encoding: 'utf8',
    })
    const lines = stripVTControlCharacters(written.trim()).split(/\r?\n/)
    expect(lines).toHaveLength(100)
    expect(lines[99]).toMatch(/^\[\d\d:\d\d:\d\d\] INFO \(test\/\d+\): last words \{"number":100\}$/)
  },
)

test('logs of an error what it is, why, and where, and nothing that hangs on it', () => {
  const cause = Object.assign(new TypeError('deeper'), { command: { name: 'eval', args: ['prompt-prompt'] } })
  const error = Object.assign(new Error('away', { cause }), { code: 'ECONNRESET', args: ['prompt-prompt'] })
  const logged = toLoggedError(error)
  expect(logged).toEqual({
    type: 'Error',
    code: 'ECONNRESET',
    message: 'away',
    stack: error.stack,
    cause: { type: 'TypeError', message: 'deeper', stack: cause.stack },
  })
  expect(toLoggedError('prompt-prompt')).toEqual({ type: 'string' })
})
