import { expect, test } from 'vitest'
import { isModern } from './era.ts'

const claiming = (version: unknown) => ({ params: { _meta: { 'io.modelcontextprotocol/protocolVersion': version } } })

test.each([
  [claiming('2026-07-28'), undefined],
  [claiming('v999'), '2025-11-25'],
  [claiming(5), undefined],
  [claiming(null), undefined],
  [{}, '2026-07-28'],
  [null, '2027-01-01'],
])('%j with the header %j is of the era without sessions', (body, header) => {
  expect(isModern(body, header)).toBe(true)
})

test.each([
  [{ params: { _meta: {} } }, undefined],
  [{ params: { _meta: null } }, '2025-11-25'],
  [{ params: [] }, 'latest'],
  [[claiming('2026-07-28')], undefined],
  ['x', '2026-07-27'],
  [undefined, '9999'],
])('%j with the header %j is not', (body, header) => {
  expect(isModern(body, header)).toBe(false)
})
