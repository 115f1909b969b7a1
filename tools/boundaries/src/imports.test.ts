import { expect, test } from 'vitest'
import { findImports } from './imports.ts'

test.each([
  ["import { a } from 'x'"],
  ["import type { A } from 'x'"],
  ["import 'x'"],
  ["export { a } from 'x'"],
  ["export type { A } from 'x'"],
  ["export * from 'x'"],
  ["const x = await import('x')"],
  ["let x: import('x').A"],
  ["const x = require('x')"],
  ["const x = require.resolve('x')"],
  ["const x = import.meta.resolve('x')"],
  ["const x = createRequire(import.meta.url).resolve('x')"],
])('finds %s', (source) => {
  expect(findImports('a.ts', `// a comment\n${source}\n`)).toEqual([{ specifier: 'x', line: 2 }])
})

test.each([["// import 'x'"], ['const text = "import \'x\'"'], ['const x = await import(name)'], ["resolve('x')"]])(
  'does not take %s for an import of a named module',
  (source) => {
    expect(findImports('a.ts', source)).toEqual([])
  },
)

test('says which file is not TypeScript', () => {
  expect(() => findImports('libs/a/src/a.ts', 'import {')).toThrow(/^libs\/a\/src\/a\.ts cannot be parsed: /)
})
