import { expect, test } from 'vitest'
import { toToldError } from './pages-required.ts'

const page = { mode: 'url', message: 'Connect.', url: 'https://a.example', elicitationId: 'e1' }
const required = (data?: unknown) => ({ code: -32042, message: 'Connect. https://a.example', data })
const inWords = { code: -31000, message: 'Connect. https://a.example' }

test('pages that are required first are listed for a client that shows pages [P26]', () => {
  const error = required({ elicitations: [page, { ...page, elicitationId: 'e2' }] })
  expect(toToldError(error, true)).toEqual(error)
  expect(toToldError(error, false)).toEqual(inWords)
})

test.each([
  undefined,
  {},
  { elicitations: [] },
  { elicitations: 'page' },
  { elicitations: [page, { ...page, mode: 'form' }] },
  { elicitations: [{ ...page, elicitationId: undefined }] },
  { elicitations: [null] },
])('what is no list of pages is told in words to all: %j [P26]', (data) => {
  expect(toToldError(required(data), true)).toEqual(inWords)
})

test('other errors are told as they are', () => {
  const error = { code: 4001, message: 'On fire.', data: { elicitations: [page] } }
  for (const showsPages of [true, false]) expect(toToldError(error, showsPages)).toBe(error)
})
