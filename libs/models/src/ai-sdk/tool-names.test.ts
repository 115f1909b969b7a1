import { expect, test } from 'vitest'
import { toolNames } from './tool-names.ts'

const NAMES = [
  'docs.read',
  'docs/read',
  'docs_read',
  'docs_read_2',
  '3d-print',
  'größe',
  'gr__e',
  `${'x'.repeat(70)}a`,
  `${'x'.repeat(70)}b`,
  'x'.repeat(64),
  '_',
]
const tools = NAMES.map((name) => ({ name, inputSchema: {} }))

test('gives every tool a name of its own that providers take, and finds back from it', () => {
  const { toProvider, fromProvider } = toolNames(tools)
  const theirs = NAMES.map(toProvider)
  expect(new Set(theirs).size).toBe(NAMES.length)
  for (const name of theirs) expect(name).toMatch(/^[A-Za-z_][\w-]{0,63}$/)
  expect(theirs.map(fromProvider)).toEqual(NAMES)
})

test('leaves a name as it is that fits, wherever it stands in the list', () => {
  const fitting = ['docs_read', 'docs_read_2', 'gr__e', 'x'.repeat(64), '_']
  for (const list of [tools, tools.toReversed()]) {
    const { toProvider } = toolNames(list)
    expect(fitting.map(toProvider)).toEqual(fitting)
  }
})

test('leaves a name that the model made up to whoever looks for the tool', () => {
  expect(toolNames(tools).fromProvider('docs_write')).toBe('docs_write')
})
