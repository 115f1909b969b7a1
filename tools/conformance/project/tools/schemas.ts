import { defineTool } from 'longhaul'

/** Every keyword of JSON Schema 2020-12 that tools/list must hand on as it is. */
export const schema2020 = defineTool({
  name: 'json_schema_2020_12_tool',
  description: 'Has a schema with words of JSON Schema 2020-12.',
  annotations: { readOnlyHint: true },
  inputSchema: {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    $defs: {
      address: {
        $anchor: 'addressDef',
        type: 'object',
        properties: { street: { type: 'string' }, city: { type: 'string' } },
      },
    },
    properties: {
      name: { type: 'string' },
      address: { $ref: '#/$defs/address' },
      contactMethod: { type: 'string', enum: ['phone', 'email'] },
      phone: { type: 'string' },
      email: { type: 'string' },
    },
    allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['email'] }] }],
    if: { properties: { contactMethod: { const: 'phone' } }, required: ['contactMethod'] },
    // biome-ignore lint/suspicious/noThenProperty: it is a word of JSON Schema
    then: { required: ['phone'] },
    else: { required: ['email'] },
    additionalProperties: false,
  },
  execute: (args) => JSON.stringify(args),
})

export const headers = defineTool({
  name: 'test_x_mcp_header',
  description: 'Wants its region in a header, too.',
  annotations: { readOnlyHint: true },
  inputSchema: { type: 'object', properties: { region: { type: 'string', 'x-mcp-header': 'Region' } } },
  execute: ({ region }) => `region: ${region ?? 'none'}`,
})
