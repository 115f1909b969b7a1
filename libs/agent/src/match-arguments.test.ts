import { expect, test } from 'vitest'
import { fitsArguments } from './match-arguments.ts'

test.for([
  ['rm *', 'rm -rf /etc', true],
  ['rm *', 'ls; rm -rf /etc', false],
  ['*rm *', 'ls;\nrm -rf\n/etc', true],
  ['a*b*c', 'a-b-b-c', true],
  ['a*b*c', 'ac', false],
  ['ab*ba', 'aba', false],
  ['a.c', 'abc', false],
  ['', 'abc', false],
  ['*', '', true],
  ['true', true, true],
  ['7', 7, true],
  ['["a",*]', ['a', 'b'], true],
  ['*@example.com', ['evil@example.org', 'a@example.com'], false],
  ['null', null, true],
  ['*', undefined, false],
] as const)('%j of %j is %s', ([pattern, value, fits]) => {
  expect(fitsArguments({ value }, { value: pattern })).toBe(fits)
})

test('an argument is named by itself or by its path, and each that is named has to fit', () => {
  const args = { 'a.b': 'x', a: { b: 'y', list: ['z'] } }
  expect(fitsArguments(args, { 'a.b': 'x' })).toBe(true)
  expect(fitsArguments({ a: args.a }, { 'a.b': 'y' })).toBe(true)
  expect(fitsArguments(args, { 'a.b': 'x', 'a.c': '*' })).toBe(false)
  expect(fitsArguments(args, { 'a.list.0': 'z' })).toBe(false)
  expect(fitsArguments(args, { 'a.constructor': '*' })).toBe(false)
})
