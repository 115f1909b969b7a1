import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CatalogEntry, JsonSchema } from '@longhaul/task'
import { formatProblem } from '@longhaul/task'
import { expect, onTestFinished, test } from 'vitest'
import { lintTools } from './lint-tools.ts'

const TEXT = `import { defineTool } from 'longhaul'

export default defineTool({
  name: 'fly',
  description: '…',
  inputSchema: z.object({
    to: z.string(),
    seats: z.array(z.object({ row: z.number() })),
  }),
})
`

function lint(changed: Partial<CatalogEntry>, properties: Readonly<Record<string, JsonSchema>> = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'longhaul-lint-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  mkdirSync(join(dir, 'tools'))
  writeFileSync(join(dir, 'tools/fly.ts'), TEXT)
  const entry = {
    ...{ name: 'fly', description: 'Books a flight for a person.', inputSchema: { type: 'object', properties } },
    ...{ definition: 'd1', queue: 'default', taskSupport: 'optional', needs: {} },
    ...changed,
  } as CatalogEntry
  return lintTools(dir, [entry], new Map([[entry.name, 'tools/fly.ts']])).map(formatProblem)
}

test('a tool whose parameters are all described is left alone', () => {
  expect(lint({}, { to: { type: 'string', description: 'The airport.' } })).toEqual([])
})

test('parameters that nobody describes are named with their lines, those inside of others too', () => {
  const row = { type: 'object', properties: { row: { type: 'number' } } } as const
  expect(lint({}, { to: { type: 'string' }, seats: { type: 'array', description: 'Where.', items: row } })).toEqual([
    "tools/fly.ts:7: warning: The parameter 'to' of 'fly' has no description: add one, in Zod by .describe('…'), in YAML by description.",
    "tools/fly.ts:8: warning: The parameter 'row' of 'seats' has no description: add one, in Zod by .describe('…'), in YAML by description.",
  ])
})

test.each([
  [{ description: '' }, "The tool 'fly' has no description"],
  [{ description: 'Flies.' }, "The description of 'fly' says too little"],
  [{ description: 'It flies far. '.repeat(100) }, "The description of 'fly' has 1400 characters"],
  [{ name: 'air.fly' }, "Providers take no tool name like 'air.fly'"],
])('%j is a warning where the tool is named', (changed, message) => {
  const [first, ...others] = lint(changed)
  expect(first).toMatch(/^tools\/fly\.ts:\d: warning: /)
  expect(first).toContain(message)
  expect(others).toEqual([])
})

test('what is exposed as something else is no tool of a model', () => {
  expect(lint({ description: '', as: { kind: 'prompt' } as never })).toEqual([])
})
