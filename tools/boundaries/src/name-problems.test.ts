import { expect, test } from 'vitest'
import { nameProblems } from './name-problems.ts'
import { readRepository, repositoryOf } from './repository.ts'

test('no folder or file of this repository has a name that says nothing', () => {
  expect(nameProblems(readRepository())).toEqual([])
})

test.each([
  ['libs/utils/src/index.ts', 'utils'],
  ['libs/store/src/helpers/read.ts', 'helpers'],
  ['apps/cli/src/common.ts', 'common.ts'],
  ['tools/testbed/src/test-helpers.ts', 'test-helpers.ts'],
])('objects to %s', (path, part) => {
  expect(nameProblems(repositoryOf({ [path]: '' }))).toEqual([
    `${path}: "${part}" says nothing about what is inside; name it for what it does`,
  ])
})

test('allows such a word where it is not the whole of the name', () => {
  expect(nameProblems(repositoryOf({ 'libs/store/src/shared-lease.ts': '' }))).toEqual([])
})
