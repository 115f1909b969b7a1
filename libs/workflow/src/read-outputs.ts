import type { YamlFile } from '@longhaul/project-files'
import type { Json, JsonObject, JsonSchema } from '@longhaul/task'
import type { Surroundings, TemplateReader } from './parse-template.ts'
import { checkSchema } from './read-inputs.ts'
import type { Template } from './template.ts'
import type { Workflow } from './workflow.ts'

/** A map with `value` also says what the output is, in JSON Schema; anything else is the value itself. */
export function readOutputs(
  given: JsonObject | undefined,
  { file, reader, around }: { readonly file: YamlFile; readonly reader: TemplateReader; readonly around: Surroundings },
): Pick<Workflow, 'outputs' | 'outputSchema'> {
  const outputs = new Map<string, Template>()
  const schemas: [string, JsonSchema][] = []
  for (const [name, output = null] of Object.entries(given ?? {})) {
    const path = ['outputs', name]
    if (!isLong(output)) {
      outputs.set(name, reader.read(output, path, around))
      continue
    }
    const { value, ...schema } = output
    outputs.set(name, reader.read(value, [...path, 'value'], around))
    if (checkSchema(schema, path, file)) schemas.push([name, schema])
  }
  // All outputs are always there, although what they come from may be null.
  const outputSchema = { type: 'object', properties: Object.fromEntries(schemas), required: [...outputs.keys()] }
  return { outputs, ...(schemas.some(([, schema]) => Object.keys(schema).length > 0) && { outputSchema }) }
}

const isLong = (output: Json): output is JsonObject & { readonly value: Json } =>
  typeof output === 'object' && output !== null && !Array.isArray(output) && 'value' in output
