import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatProblem } from '@longhaul/task'
import { expect, test } from 'vitest'
import { writeProject } from '../../test/project.ts'
import { findResourceFiles } from './resource-files.ts'

const find = (dir: string) => findResourceFiles(dir, { isCode: (name) => name.endsWith('.ts'), maxBytes: 100 })
const read = async (dir: string, path: string) =>
  (
    await find(dir)
      .resources.get(path)
      ?.execute({}, {} as never)
  )?.structuredContent

test('serves files by what they are', async () => {
  const dir = writeProject({
    'resources/guide.md': '# Be kind',
    'resources/data/a b.json': '{}',
    'resources/what.unheard-of': 'x',
    'resources/notes.ts': '',
    'resources/.hidden/secret.txt': 's',
    'tools/a.ts': '',
  })
  writeFileSync(join(dir, 'resources', 'dot.png'), Buffer.from([1, 2, 255]))
  writeFileSync(join(dir, 'resources', 'latin.txt'), Buffer.from([0xe4]))
  expect([...find(dir).resources.keys()]).toEqual([
    'data/a b.json',
    'dot.png',
    'guide.md',
    'latin.txt',
    'what.unheard-of',
  ])
  const contents = (path: string, mimeType: string, content: object) => ({
    contents: [{ uri: `longhaul://resources/${path}`, mimeType, ...content }],
  })
  expect(await read(dir, 'guide.md')).toEqual(contents('guide.md', 'text/markdown', { text: '# Be kind' }))
  expect(await read(dir, 'data/a b.json')).toEqual(contents('data/a%20b.json', 'application/json', { text: '{}' }))
  expect(await read(dir, 'dot.png')).toEqual(contents('dot.png', 'image/png', { blob: 'AQL/' }))
  expect(await read(dir, 'latin.txt')).toEqual(contents('latin.txt', 'text/plain', { blob: '5A==' }))
  expect(await read(dir, 'what.unheard-of')).toMatchObject({ contents: [{ mimeType: 'application/octet-stream' }] })
})

test('leaves out what is too large, or leads out of the folder', () => {
  const dir = writeProject({ 'resources/long.txt': 'x'.repeat(101), 'secret.txt': 's', 'resources/ok.txt': 'o' })
  symlinkSync(join(dir, 'secret.txt'), join(dir, 'resources', 'link.txt'))
  symlinkSync(join(dir, 'resources', 'ok.txt'), join(dir, 'resources', 'inside.txt'))
  symlinkSync('/nowhere/at/all', join(dir, 'resources', 'broken.txt'))
  const { resources, problems } = find(dir)
  expect([...resources.keys()]).toEqual(['inside.txt', 'ok.txt'])
  expect(problems.map(formatProblem)).toEqual([
    'resources/link.txt: warning: It is left out, since it is a link that leads out of the folder.',
    expect.stringContaining('resources/long.txt: warning: It is left out: it has 101 bytes, and the most is 100'),
  ])
})

test('looks again when it reads', async () => {
  const dir = writeProject({ 'resources/a.txt': 'a', 'secret.txt': 's' })
  const found = find(dir).resources.get('a.txt')
  rmSync(join(dir, 'resources', 'a.txt'))
  await expect(found?.execute({}, {} as never)).rejects.toMatchObject({ code: -32002 })
  symlinkSync(join(dir, 'secret.txt'), join(dir, 'resources', 'a.txt'))
  await expect(found?.execute({}, {} as never)).rejects.toMatchObject({ code: -32002 })
})

test('a project without the folder has none', () => {
  const dir = writeProject({ 'a.txt': '' })
  expect(find(dir)).toEqual({ resources: new Map(), problems: [] })
  mkdirSync(join(dir, 'resources'))
  expect(find(dir).resources.size).toBe(0)
})
