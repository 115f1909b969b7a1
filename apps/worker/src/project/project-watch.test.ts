import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeProject } from '../../test/project.ts'
import { ProjectWatch } from './project-watch.ts'

function watched(files: Readonly<Record<string, string>>) {
  const dir = writeProject(files)
  const watch = new ProjectWatch(dir)
  return {
    dir,
    watch,
    write: (path: string, text: string) => writeFileSync(join(dir, path), text),
    /** What two looks tell, the second of which sees that all is still. */
    changes: () => [watch.look(), watch.look()].flat().toSorted(),
  }
}

test('tells what came, changed and went, once', () => {
  const { dir, write, changes } = watched({
    'agents/a.md': 'a',
    'prompts/b.md': 'b',
    'mcp.json': '{}',
    'README.md': '',
  })
  expect(changes()).toEqual([])
  write('agents/a.md', 'c')
  write('mcp.json', '{ }')
  write('.mcp.json', '{}')
  write('README.md', 'no file of the project')
  mkdirSync(join(dir, 'resources', 'deep'), { recursive: true })
  write('resources/deep/new.txt', 'new')
  rmSync(join(dir, 'prompts', 'b.md'))
  expect(changes()).toEqual(
    ['.mcp.json', 'agents/a.md', 'mcp.json', 'prompts/b.md', 'resources/deep', 'resources/deep/new.txt'].toSorted(),
  )
  expect(changes()).toEqual([])
})

test('tells nothing as long as somebody writes', () => {
  const { write, watch } = watched({ 'prompts/a.md': '' })
  for (const text of ['one', 'one and two']) {
    write('prompts/a.md', text)
    expect(watch.look()).toEqual([])
  }
  expect(watch.look()).toEqual(['prompts/a.md'])
})

test('sees a file in the place of another one of the same size', () => {
  const { dir, write, changes } = watched({ 'prompts/a.md': 'old' })
  write('prompts/.a.md.new', 'new')
  renameSync(join(dir, 'prompts', '.a.md.new'), join(dir, 'prompts', 'a.md'))
  expect(changes()).toContain('prompts/a.md')
})

test('follows code wherever it is loaded from, from when it is loaded', () => {
  const { dir, watch, write, changes } = watched({ 'lib/one.ts': '1' })
  write('lib/one.ts', 'not loaded yet')
  expect(changes()).toEqual([])
  watch.noteCode('lib/one.ts')
  write('lib/one.ts', 'changed before anybody looked')
  expect(changes()).toEqual(['lib/one.ts'])
  rmSync(join(dir, 'lib', 'one.ts'))
  expect(changes()).toEqual(['lib/one.ts'])
  write('lib/one.ts', 'back again')
  expect(changes()).toEqual(['lib/one.ts'])
})

test('bears a folder that is not there', () => {
  const { dir, changes } = watched({ 'prompts/a.md': '' })
  rmSync(dir, { recursive: true })
  expect(changes()).toEqual(['prompts/a.md'])
})
