import type { YamlFile } from '@longhaul/project-files'
import { compileSchema } from '@longhaul/schema'
import type { Json, JsonObject, JsonSchema } from '@longhaul/task'

/** Types of inputs that CI files have and JSON Schema has not. */
const TYPES_OF_CI: Readonly<Record<string, JsonSchema>> = { choice: { type: 'string' } }

const isMap = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A whole schema, instead of inputs one by one: no input that is called `type` is text. */
const isWholeSchema = (inputs: JsonObject): boolean => typeof inputs.type === 'string'

/** The schema of a workflow's inputs; where it cannot be used, with a problem. */
export function readInputs(inputs: JsonObject | undefined, file: YamlFile): JsonSchema {
  if (!inputs) return { type: 'object', properties: {}, additionalProperties: false }
  if (isWholeSchema(inputs)) {
    if (inputs.type !== 'object')
      file.complain(['inputs', 'type'], 'The inputs are an object: write type: object, or each input by its name.')
    checkSchema(inputs, ['inputs'], file)
    return inputs
  }
  const properties = Object.entries(inputs).map(
    ([name, input]) => [name, readInput(name, input ?? null, file)] as const,
  )
  const required = Object.entries(inputs)
    .filter(([, input]) => isMap(input) && input.required === true)
    .map(([name]) => name)
  return { type: 'object', properties: Object.fromEntries(properties), required, additionalProperties: false }
}

/** Names of the inputs, as far as the schema has them; undefined where it allows any. */
export function inputNames({ properties, additionalProperties }: JsonSchema): readonly string[] | undefined {
  return additionalProperties === false ? Object.keys(properties ?? {}) : undefined
}

/** What an input is where the caller does not say. */
export const withDefaults = ({ properties }: JsonSchema, given: JsonObject): JsonObject => ({
  ...Object.fromEntries(
    Object.entries((properties ?? {}) as { readonly [name: string]: JsonObject }).flatMap(([name, input]) =>
      isMap(input) && input.default !== undefined ? [[name, input.default]] : [],
    ),
  ),
  ...given,
})

/** JSON Schema, with `required` and `options` as in CI files; text where no type is said. */
function readInput(name: string, input: Json, file: YamlFile): JsonSchema {
  const path = ['inputs', name]
  if (input !== null && !isMap(input)) {
    file.complain(path, `The input '${name}' must be a map, such as "${name}: { type: string, required: true }".`)
    return {}
  }
  const { required, options, type, ...rest } = input ?? {}
  if (required !== undefined && typeof required !== 'boolean')
    file.complain([...path, 'required'], "'required' of an input is true or false.")
  if (options !== undefined && !Array.isArray(options))
    file.complain([...path, 'options'], "'options' is a list of what the input can be.")
  const says = ['enum', 'const', 'anyOf', 'oneOf', 'allOf', '$ref'].some((word) => rest[word] !== undefined)
  const ofType: JsonSchema = type === undefined ? (says ? {} : { type: 'string' }) : typeOf(type)
  const schema: JsonSchema = { ...ofType, ...rest, ...(Array.isArray(options) && { enum: options }) }
  if (checkSchema(schema, path, file) && schema.default !== undefined) {
    const faults = compileSchema(schema)(schema.default)
    if (faults.length > 0) file.complain([...path, 'default'], `The default of '${name}' does not fit: ${faults[0]}.`)
  }
  return schema
}

const typeOf = (type: Json): JsonSchema => (typeof type === 'string' && TYPES_OF_CI[type]) || { type }

export function checkSchema(schema: JsonSchema, path: readonly string[], file: YamlFile): boolean {
  try {
    compileSchema(schema)
    return true
  } catch (error) {
    file.complain(path, `This is no JSON Schema: ${(error as Error).message}`)
    return false
  }
}
