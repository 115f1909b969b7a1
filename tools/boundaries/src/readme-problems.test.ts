import { expect, test } from 'vitest'
import { readmeProblems } from './readme-problems.ts'
import { readRepository, repositoryOf } from './repository.ts'

test('every package of this repository has a README that lists its sources', () => {
  expect(readmeProblems(readRepository())).toEqual([])
})

test('objects to a package without a README, and to a source that the README does not list', () => {
  const repository = repositoryOf({
    'apps/cli/package.json': '{ "name": "longhaul" }',
    'libs/store/package.json': '{ "name": "@longhaul/store" }',
    'libs/store/README.md': '- [keys.ts](src/keys.ts): every key; ask.lua is only mentioned',
    'libs/store/src/keys.ts': '',
    'libs/store/src/keys.test.ts': '',
    'libs/store/src/fixtures/old-record.ts': '',
    'libs/store/src/lua/ask.lua': '',
  })
  expect(readmeProblems(repository)).toEqual([
    'apps/cli/README.md is missing',
    'libs/store/README.md does not list [ask.lua](src/lua/ask.lua)',
  ])
})
