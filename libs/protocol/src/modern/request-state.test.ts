import { expect, test, vi } from 'vitest'
import { openState, sealState } from './request-state.ts'

const bound = { owner: { issuer: 'i', subject: 's' }, tool: 'look', args: { at: 'x', deep: { b: [1, 2], a: null } } }
const state = { taskId: 'T', asked: ['q1', 'm2'], expiresAt: Date.now() + 1000 }

test('comes back as it was given, for equal arguments in whatever order', () => {
  const sealed = sealState(state, bound, 'secret')
  const again = { ...bound, args: { deep: { a: null, b: [1, 2] }, at: 'x' } }
  expect(openState(sealed, again, 'secret')).toEqual(state)
})

test.each([
  ['another secret', 'other', bound],
  ['another principal', 'secret', { ...bound, owner: { issuer: 'i', subject: 'other' } }],
  ['another tenant', 'secret', { ...bound, owner: { ...bound.owner, tenant: 't' } }],
  ['another tool', 'secret', { ...bound, tool: 'lock' }],
  ['another argument', 'secret', { ...bound, args: { ...bound.args, at: 'y' } }],
  ['another order in a list', 'secret', { ...bound, args: { ...bound.args, deep: { b: [2, 1], a: null } } }],
])('is refused with %s', (_, secret, other) => {
  const sealed = sealState(state, bound, 'secret')
  expect(() => openState(sealed, other, secret)).toThrow('it was not given out for this call')
})

test.each(['', '.', 'x', 'e30.', 'e30.é', `e30.${'é'.repeat(43)}`, `${'a'.repeat(20)}.${'a'.repeat(43)}`, 'a.b.c'])(
  'is refused when it is %j',
  (text) => {
    expect(() => openState(text, bound, 'secret')).toThrow(expect.objectContaining({ code: -32602 }))
  },
)

test('is refused when it is too old', () => {
  const sealed = sealState(state, bound, 'secret')
  vi.useFakeTimers({ now: state.expiresAt + 1 })
  try {
    expect(() => openState(sealed, bound, 'secret')).toThrow('The requestState cannot be used: it is too old.')
  } finally {
    vi.useRealTimers()
  }
})
