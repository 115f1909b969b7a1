import { expect, test } from 'vitest'
import { lockfileProblems } from './lockfile-problems.ts'
import { readRepository, repositoryOf } from './repository.ts'

const repositoryWith = (packages: object) => repositoryOf({ 'package-lock.json': JSON.stringify({ packages }) })

test('the lockfiles of this repository can be installed by every npm', () => {
  expect(lockfileProblems(readRepository())).toEqual([])
})

test('objects to a package without a version, as npm 11.19 writes those of other platforms', () => {
  const repository = repositoryWith({ '': {}, 'node_modules/a': {}, 'node_modules/b': { version: '1.0.0' } })
  expect(lockfileProblems(repository)).toEqual([
    'node_modules/a has no version: remove package-lock.json and write it with `npx npm@11.6.2 install`',
  ])
})

test('objects to an address of a registry', () => {
  const repository = repositoryWith({ 'node_modules/a': { version: '1.0.0', resolved: 'https://registry.test/a.tgz' } })
  expect(lockfileProblems(repository)).toEqual([
    'node_modules/a names a registry: npm config set omit-lockfile-registry-resolved true, and remove package-lock.json and write it with `npx npm@11.6.2 install`',
  ])
})

test('looks at every lockfile', () => {
  const lockfile = JSON.stringify({ packages: { 'node_modules/a': {} } })
  const repository = repositoryOf({ 'package-lock.json': '{ "packages": {} }', 'tools/a/package-lock.json': lockfile })
  expect(lockfileProblems(repository)).toEqual([expect.stringContaining('tools/a/node_modules/a has no version')])
})

test('allows what is linked inside the repository', () => {
  const packages = { 'libs/a': { dependencies: {} }, 'node_modules/@x/a': { resolved: 'libs/a', link: true } }
  expect(lockfileProblems(repositoryWith(packages))).toEqual([])
})
