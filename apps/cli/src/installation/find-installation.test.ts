import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeProject } from '../../test/longhaul.ts'
import { isProject } from './find-installation.ts'

test.each(['tools/a.ts', 'agents/a.md', 'workflows/a.yaml', 'prompts/a.md', 'resources/a.md', 'mcp.json', '.mcp.json'])(
  'a folder with %s is a project',
  (file) => expect(isProject(writeProject({ [file]: '' }))).toBe(true),
)

test('a folder in which an installation has been is a project', () => {
  const dir = writeProject({})
  mkdirSync(join(dir, '.longhaul'))
  expect(isProject(dir)).toBe(true)
})

test.each<Record<string, string>>([{}, { 'tools/bench/main.ts': '', 'package.json': '' }])(
  'a folder with %j is none',
  (files) => {
    expect(isProject(writeProject(files))).toBe(false)
  },
)
