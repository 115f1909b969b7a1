import { expect, it } from 'vitest'
import { inDoubtOf } from './in-doubt.ts'

it.each([
  [{ readOnlyHint: true }, true, 'repeat'],
  [{ idempotentHint: true, destructiveHint: true }, true, 'repeat'],
  [{ readOnlyHint: false, idempotentHint: false }, true, 'ask'],
  [{ destructiveHint: false }, true, 'ask'],
  [undefined, true, 'ask'],
  [{ readOnlyHint: true, idempotentHint: true }, false, 'ask'],
] as const)('a tool with %j of a server with trusted: %s is in doubt to %s', (annotations, trusted, inDoubt) => {
  expect(inDoubtOf(annotations, trusted)).toBe(inDoubt)
})
