import type { CatalogEntry } from '@longhaul/task'
import { ToolSchema } from '@modelcontextprotocol/sdk/types.js'
import { expect, test } from 'vitest'
import { toLegacyTool } from './tool.ts'
import { featuresOf, type LegacyVersion } from './version.ts'

const ENTRY: CatalogEntry = {
  name: 'look',
  title: 'Look',
  description: 'Looks.',
  inputSchema: {
    type: 'object',
    properties: { z: { type: 'string' }, a: { type: 'string' } },
    additionalProperties: false,
  },
  outputSchema: { type: 'object', properties: { seen: { type: 'boolean' } } },
  annotations: { readOnlyHint: true },
  taskSupport: 'optional',
  queue: 'default',
  needs: { sampling: 'tools' },
  definition: 'd1',
}
const { name, title, description, inputSchema, outputSchema, annotations } = ENTRY
const list = (version: LegacyVersion, entry = ENTRY) => toLegacyTool(entry, featuresOf(version))

test('lists a tool in the words of each revision, and nothing of how it is run', () => {
  const november = list('2025-11-25')
  expect(november).toEqual({
    name,
    title,
    description,
    inputSchema,
    outputSchema,
    annotations,
    execution: { taskSupport: 'optional' },
  })
  expect(ToolSchema.parse(november)).toEqual(november)
  expect(list('2025-06-18')).toEqual({ name, title, description, inputSchema, outputSchema, annotations })
  expect(list('2025-03-26')).toEqual({ name, description, inputSchema, annotations })
  expect(list('2024-11-05')).toEqual({ name, description, inputSchema })
})

test('sends schemas as they were written, keys in their order', () => {
  expect(JSON.stringify(list('2025-11-25').inputSchema)).toBe(JSON.stringify(inputSchema))
})

test('leaves out an output schema whose root is no object', () => {
  const entry = { ...ENTRY, outputSchema: { type: 'array', items: { type: 'string' } } }
  expect(list('2025-11-25', entry)).not.toHaveProperty('outputSchema')
})
