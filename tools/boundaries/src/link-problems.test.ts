import { expect, test } from 'vitest'
import { linkProblems } from './link-problems.ts'
import { readRepository, repositoryOf } from './repository.ts'

test('every relative link of this repository leads somewhere', () => {
  expect(linkProblems(readRepository())).toEqual([])
})

test('objects to a link to a missing file or heading, with its line', () => {
  const repository = repositoryOf({
    'README.md': '# Longhaul\n\nSee [one](docs/one.md) and [two](./docs/two.md).',
    'docs/one.md': '[back](../README.md#long-haul)\n[here](#there)\n\n[ref]: ../src/gone.ts',
  })
  expect(linkProblems(repository)).toEqual([
    'README.md:3: ./docs/two.md does not exist',
    'docs/one.md:1: README.md has no heading #long-haul',
    'docs/one.md:2: docs/one.md has no heading #there',
    'docs/one.md:4: ../src/gone.ts does not exist',
  ])
})

test('follows links to files, folders and headings, and leaves code and other hosts alone', () => {
  const repository = repositoryOf({
    'CONTRIBUTING.md': [
      '## `npm run check`: all gates, in one go',
      '[up](#npm-run-check-all-gates-in-one-go) [docs](docs/) [site](https://example.com/x) ![logo](docs/a%20b.svg)',
      '`[code](nowhere.md)`',
      '```md',
      '[code](nowhere.md)',
      '```',
    ].join('\n'),
    'docs/a b.svg': '',
  })
  expect(linkProblems(repository)).toEqual([])
})
