import type { JsonSchema } from '@longhaul/task'
import { Ajv } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import formats from 'ajv-formats'
import { isQuicklyChecked } from './effort.ts'
import { NewestTexts } from './newest-texts.ts'
import { runWithin } from './run-within.ts'
import { type Check, toValidate, type Validate } from './validate.ts'

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

/** Of the JSON of a schema. Real ones have some kilobytes; each takes two milliseconds, in which this process does nothing else. */
const MOST_CHARACTERS = 256 * 1024
const COMPILED_WITHIN_MS = 2000

const compiled = new WeakMap<JsonSchema, Validate>()

/** By text: a schema that is read from somewhere, such as that of a question, is a new object each time. */
const compiledTexts = new NewestTexts<Validate>()

/**
 * A check for values of a schema, compiled once; nothing is ever fetched for a `$ref`.
 * @throws SchemaError
 */
export function compileSchema(schema: JsonSchema): Validate {
  const known = compiled.get(schema)
  if (known) return known
  const text = textOf(schema)
  const validate = compiledTexts.get(text, () => compile(schema, text))
  compiled.set(schema, validate)
  return validate
}

function textOf(schema: JsonSchema): string {
  const text = usable(() => JSON.stringify(schema))
  if (text.length <= MOST_CHARACTERS) return text
  throw new SchemaError(
    `Not a usable schema: it has ${text.length} characters of JSON; the most is ${MOST_CHARACTERS}.`,
  )
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

// What many references lead to would be compiled for each of them anew.
const OPTIONS = { strict: false, logger: false, inlineRefs: false, code: { regExp } } as const

/** Schemas of schemas take long to compile, so these check all schemas of a dialect. They keep none of them. */
const CHECKERS = {
  '2020-12': new Ajv2020({ ...OPTIONS, allErrors: true }),
  'draft-07': new Ajv({ ...OPTIONS, allErrors: true }),
} as const

function compile(schema: JsonSchema, text: string): Validate {
  const dialect = dialectOf(schema)
  if (!dialect) throw new SchemaError(`The dialect ${schema.$schema} is not supported; use 2020-12 or draft-07.`)
  // Ajv knows one spelling of a dialect. And `$async` is a word of Ajv alone: it would make every value look as if it
  // fitted.
  const { $schema: _, $async: __, ...plain } = schema
  const checker = CHECKERS[dialect]
  return usable(() => {
    const isValid = runWithin(COMPILED_WITHIN_MS, () => checker.validateSchema(plain))
    if (!isValid) throw new Error(checker.errorsText(checker.errors, { dataVar: 'the schema' }))
    let all: Check | undefined
    return toValidate({
      first: compileFor(plain, dialect, false),
      all: () => {
        all ??= compileFor(plain, dialect, true)
        return all
      },
      isQuick: isQuicklyChecked(text),
    })
  })
}

/** An Ajv of its own for each schema: ids cannot clash, and it goes when the schema goes. */
function compileFor(plain: JsonSchema, dialect: Dialect, allErrors: boolean): Check {
  const options = { ...OPTIONS, allErrors, validateSchema: false }
  const ajv = dialect === '2020-12' ? new Ajv2020(options) : new Ajv(options)
  formats.default(ajv)
  return runWithin(COMPILED_WITHIN_MS, () => ajv.compile(plain))
}

/** @throws SchemaError where it does not come to an end, or is nested too deeply for the stack, too */
function usable<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new SchemaError(`Not a usable schema: ${reason}`, { cause: error })
  }
}
