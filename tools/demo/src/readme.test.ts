import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { REPOSITORY } from './installation.ts'

const read = (path: string) => readFileSync(join(REPOSITORY, path), 'utf8')

test.for(['tools/ask-later.ts', 'agents/reporter.md'])('the README shows %s of the quickstart as it is', (file) => {
  expect(read('README.md')).toContain(`\n${read(`examples/quickstart/${file}`)}\`\`\`\n`)
})

test('the README names every package', () => {
  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, unknown> }
  const folders = Object.keys(packages).filter((path) => /^(apps|libs|tools)\//.test(path))
  expect(folders.filter((folder) => !read('README.md').includes(`(${folder})`))).toEqual([])
})
