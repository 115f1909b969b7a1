import { expect, test } from 'vitest'
import { matchTemplate } from './uri-template.ts'

test.each([
  ['test://template/{id}/data', 'test://template/123/data', { id: '123' }],
  ['test://template/{id}/data', 'test://template/a%20b%2Fc/data', { id: 'a b/c' }],
  ['test://template/{id}/data', 'test://template/a/b/data', undefined],
  ['test://template/{id}/data', 'test://template//data', undefined],
  ['test://template/{id}/data', 'test://template/%/data', undefined],
  ['file:///{+path}', 'file:///a/b.txt', { path: 'a/b.txt' }],
  ['x://s{?q,limit}', 'x://s?q=a&limit=2', { q: 'a', limit: '2' }],
  ['x://a.b/{id}', 'x://aXb/1', undefined],
])('%s and %s', (template, uri, variables) => {
  expect(matchTemplate(template, uri)).toEqual(variables)
})
