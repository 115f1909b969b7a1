import { expect, test } from 'vitest'
import { assembleForSeveral, assembleScript } from './assemble-script.ts'

const PRELUDE = `-- What all have in common.
local MOST = 2

-- Calls nobody.
local function first()
  return MOST
end

-- As second does, it calls first.
local function second(n)
  return first() + n
end

local function unused()
  return second(1)
end
`

test('gives a script what it names, and what that names, each above who names it', () => {
  expect(assembleScript(PRELUDE, 'return second(3)\n')).toMatch(
    /^local MOST.*local function first\(\).*local function second\(n\).*return second\(3\)\n$/s,
  )
})

test('leaves out what nobody names, in comments least of all', () => {
  const script = '-- unused would be dear; second, too\nreturn MOST\n'
  expect(assembleScript(PRELUDE, script)).toBe('local MOST = 2\n\nreturn MOST\n')
})

test('makes the functions that several calls need once for all of them', () => {
  const script = "return redis.call('GET', KEYS[1]) + second(ARGV[1])\n"
  expect(assembleForSeveral(PRELUDE, script, 'return once()\n')).toMatch(
    /^local .*\nlocal KEYS, ARGV\nlocal MOST.*local function second\(n\).*local function once\(\)\nreturn redis.*\nend\nreturn once\(\)\n$/s,
  )
})
