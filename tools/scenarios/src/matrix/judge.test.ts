import { expect, test } from 'vitest'
import type { Cell } from './cells.ts'
import { judge, type Outcome } from './judge.ts'

const done: Outcome = { kind: 'done' }
const failed = (says: string): Outcome => ({ kind: 'failed', says })
const own: Cell = { kind: 'own', how: 'a call' }
const cannot = { why: 'has no hands', says: /no hands/ }

test('nothing is wrong where it came as it was said', () => {
  expect(judge(own, { own: done })).toBeUndefined()
  expect(judge({ kind: 'none', cannot }, { own: failed('I have no hands.') })).toBeUndefined()
  expect(judge({ kind: 'plain', cannot }, { own: failed('no hands'), plain: done })).toBeUndefined()
})

test('what should run and fails is wrong, in either way', () => {
  expect(judge(own, { own: failed('boom') })).toBe('should run, and fails: boom')
  expect(judge({ kind: 'plain', cannot }, { own: failed('no hands'), plain: failed('boom') })).toContain('boom')
  expect(judge({ kind: 'plain', cannot }, { own: failed('no hands') })).toContain('it was not tried')
})

test('what is said not to work and works is wrong', () => {
  expect(judge({ kind: 'none', cannot }, { own: done })).toBe('is said not to work (has no hands), and works')
  expect(judge({ kind: 'plain', cannot }, { own: done, plain: done })).toContain('and works')
})

test('what fails for another reason than the one that is named is wrong', () => {
  expect(judge({ kind: 'none', cannot }, { own: failed('boom') })).toContain('another reason than is said: boom')
})
