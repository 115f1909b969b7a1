import type { JsonSchema } from '@longhaul/task'
import { Ajv, type ErrorObject } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'

/** Says in one line per fault what does not fit and where; an empty list means that the value fits. */
export type Validate = (value: unknown) => string[]

/** JSON Schema 2020-12 is MCP's default; draft-07 is what older servers write. */
export type Dialect = '2020-12' | 'draft-07'

/** A schema that cannot be used: another dialect, not a valid schema, or a `$ref` that leads out of it. */
export class SchemaError extends Error {
  override readonly name = 'SchemaError'
}

const DIALECTS: ReadonlyMap<string, Dialect> = new Map([
  ['https://json-schema.org/draft/2020-12/schema', '2020-12'],
  ['http://json-schema.org/draft-07/schema', 'draft-07'],
  ['https://json-schema.org/draft-07/schema', 'draft-07'],
])

/** The dialect that a schema names by `$schema`, or undefined when it is one that is not supported. */
export function dialectOf(schema: JsonSchema): Dialect | undefined {
  if (typeof schema.$schema !== 'string') return '2020-12'
  return DIALECTS.get(schema.$schema.replace(/#$/, ''))
}

/** Faults listed of one value; more would not help its author. */
const FAULTS_SHOWN = 5

const compiled = new WeakMap<JsonSchema, Validate>()

/** By text: a schema that is read from somewhere, such as that of a question, is a new object each time. */
const compiledTexts = new Map<string, Validate>()
/** Each takes some kilobytes and its text; those used the longest ago go first. */
const MOST_TEXTS = 500

/**
 * A check for values of a schema, compiled once; nothing is ever fetched for a `$ref`.
 * @throws SchemaError
 */
export function compileSchema(schema: JsonSchema): Validate {
  const known = compiled.get(schema)
  if (known) return known
  const validate = compileText(schema)
  compiled.set(schema, validate)
  return validate
}

function compileText(schema: JsonSchema): Validate {
  const text = JSON.stringify(schema)
  const validate = compiledTexts.get(text) ?? compile(schema)
  // Put at the end: used last.
  compiledTexts.delete(text)
  compiledTexts.set(text, validate)
  for (const oldest of compiledTexts.keys()) {
    if (compiledTexts.size <= MOST_TEXTS) break
    compiledTexts.delete(oldest)
  }
  return validate
}

/** Patterns come from many languages; one that only JavaScript's Unicode mode refuses is taken without that mode. */
const regExp = Object.assign(
  (pattern: string, flags: string): RegExp => {
    try {
      return new RegExp(pattern, flags)
    } catch {
      return new RegExp(pattern)
    }
  },
  { code: 'regExp' },
)

const OPTIONS = { strict: false, allErrors: true, logger: false, code: { regExp } } as const

/** Schemas of schemas take long to compile, so these check all schemas of a dialect. They keep none of them. */
const CHECKERS = { '2020-12': new Ajv2020(OPTIONS), 'draft-07': new Ajv(OPTIONS) } as const

function compile(schema: JsonSchema): Validate {
  const dialect = dialectOf(schema)
  if (!dialect) throw new SchemaError(`The dialect ${schema.$schema} is not supported; use 2020-12 or draft-07.`)
  try {
    // Ajv knows one spelling of a dialect. And `$async` is a word of Ajv alone: it would make every value look as if it
    // fitted.
    const { $schema: _, $async: __, ...plain } = schema
    const checker = CHECKERS[dialect]
    if (!checker.validateSchema(plain)) throw new Error(checker.errorsText(checker.errors, { dataVar: 'the schema' }))
    // An Ajv of its own for each schema: ids cannot clash, and it goes when the schema goes.
    const options = { ...OPTIONS, validateSchema: false }
    const ajv = dialect === '2020-12' ? new Ajv2020(options) : new Ajv(options)
    formats.default(ajv)
    const check = ajv.compile(plain)
    return (value) => (check(value) ? [] : (check.errors ?? []).slice(0, FAULTS_SHOWN).map(describe))
  } catch (error) {
    throw new SchemaError(`Not a usable schema: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    })
  }
}

function describe({ instancePath, keyword, message, params }: ErrorObject): string {
  const path = instancePath.slice(1).replaceAll('/', '.').replaceAll('~1', '/').replaceAll('~0', '~')
  const where = path === '' ? 'the value' : path
  if (keyword === 'additionalProperties') return `${where} must not have the property '${params.additionalProperty}'`
  if (keyword === 'enum') return `${where} must be one of ${JSON.stringify(params.allowedValues)}`
  return `${where} ${message ?? 'does not fit'}`
}
