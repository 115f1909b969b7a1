import { expect, it } from 'vitest'
import { fullToolName } from './tool-name.ts'

it('is the server and the tool where both fit', () => {
  expect(fullToolName('files', 'read_file')).toBe('files__read_file')
  expect(fullToolName('a', 'x'.repeat(125))).toHaveLength(128)
})

it('is the same short and fitting one each time where the tool has a name of its own kind', () => {
  expect(fullToolName('a', 'repo/issues list')).toBe('a__repo_issues_list-115e1d48')
  expect(fullToolName('a', 'x'.repeat(126))).toMatch(/^a__x{116}-[0-9a-f]{8}$/)
})

it('is never shared by two tools', () => {
  const names = ['a/b', 'a b', 'a_b', 'ä', 'ö', 'x'.repeat(200), 'x'.repeat(201)]
  expect(new Set(names.map((name) => fullToolName('s', name))).size).toBe(names.length)
})
