import { expect, test } from 'vitest'
import { readRepository, repositoryOf } from './repository.ts'
import { revisionProblems } from './revision-problems.ts'

const VERSIONS = {
  'libs/protocol/src/legacy/version.ts': "const OLD = ['2025-11-25', '2024-11-05']",
  'libs/protocol/src/modern/version.ts': "const NEW = ['2026-07-28']",
}
const problemsOf = (texts: Readonly<Record<string, string>>) =>
  revisionProblems(repositoryOf({ ...VERSIONS, ...texts }))

test('only the protocol and the two adapters of the coordinator name a revision', () => {
  const repository = readRepository()
  const lists = Object.keys(VERSIONS)
  expect(repository.files).toEqual(expect.arrayContaining(lists))
  for (const list of lists) expect(repository.read(list)).toMatch(/'\d{4}-\d{2}-\d{2}'/)
  expect(revisionProblems(repository)).toEqual([])
})

test.each([
  { path: 'apps/coordinator/src/app.ts', text: "if (version === '2025-11-25') go()", revision: '2025-11-25' },
  { path: 'libs/task/src/status.ts', text: '/** As in 2026-07-28. */', revision: '2026-07-28' },
  { path: 'libs/store/src/lua/create.lua', text: '-- 2024-11-05', revision: '2024-11-05' },
])('objects to $revision in $path', ({ path, text, revision }) => {
  const may = 'libs/protocol/, apps/coordinator/src/legacy/, apps/coordinator/src/modern/'
  expect(problemsOf({ [path]: text })).toEqual([`${path}: names the revision ${revision}; only ${may} may`])
})

test.each([
  'libs/protocol/src/error.ts',
  'apps/coordinator/src/legacy/route.ts',
  'apps/coordinator/src/modern/route.ts',
  'apps/coordinator/src/app.test.ts',
  'apps/cli/test/longhaul.ts',
  'docs/curl.md',
  'tools/scenarios/src/world.ts',
])('allows it in %s', (path) => {
  expect(problemsOf({ [path]: '2025-11-25' })).toEqual([])
})

test('allows a date that is no revision', () => {
  expect(problemsOf({ 'libs/task/src/status.ts': '2025-01-01' })).toEqual([])
})
