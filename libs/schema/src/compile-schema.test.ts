import type { JsonSchema } from '@longhaul/task'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { compileSchema, dialectOf, SchemaError } from './compile-schema.ts'

const DRAFT_07 = 'http://json-schema.org/draft-07/schema#'
const DRAFT_2020 = 'https://json-schema.org/draft/2020-12/schema'

describe('the dialect', () => {
  test.each([
    [{}, '2020-12'],
    [{ $schema: 7 }, '2020-12'],
    [{ $schema: DRAFT_2020 }, '2020-12'],
    [{ $schema: `${DRAFT_2020}#` }, '2020-12'],
    [{ $schema: DRAFT_07 }, 'draft-07'],
    [{ $schema: 'http://json-schema.org/draft-07/schema' }, 'draft-07'],
    [{ $schema: 'https://json-schema.org/draft-07/schema#' }, 'draft-07'],
    [{ $schema: 'http://json-schema.org/draft-04/schema#' }, undefined],
    [{ $schema: 'https://example.com/mine' }, undefined],
  ])('of %j is %s', (schema, dialect) => {
    expect(dialectOf(schema)).toBe(dialect)
  })

  test.each([
    DRAFT_2020,
    `${DRAFT_2020}#`,
    DRAFT_07,
    'http://json-schema.org/draft-07/schema',
    'https://json-schema.org/draft-07/schema#',
    'https://json-schema.org/draft-07/schema',
  ])('may be spelt %s', ($schema) => {
    expect(compileSchema({ $schema, type: 'string' })(1)).toEqual(['the value must be string'])
  })

  test('decides what a keyword means', () => {
    const pair = { type: 'array', prefixItems: [{ type: 'string' }], items: false }
    expect(compileSchema(pair)(['a', 1])).toEqual(['the value must NOT have more than 1 items'])
    const old = { $schema: DRAFT_07, type: 'array', items: [{ type: 'string' }], additionalItems: false }
    expect(compileSchema(old)(['a', 1])).toEqual(['the value must NOT have more than 1 items'])
    expect(compileSchema(old)([1])).toEqual(['0 must be string'])
  })

  test('that is not supported is named', () => {
    expect(() => compileSchema({ $schema: 'http://json-schema.org/draft-04/schema#' })).toThrow(
      new SchemaError('The dialect http://json-schema.org/draft-04/schema# is not supported; use 2020-12 or draft-07.'),
    )
  })
})

describe('a fault', () => {
  const validate = compileSchema({
    type: 'object',
    properties: {
      name: { type: 'string', minLength: 2 },
      size: { enum: ['S', 'M'] },
      mail: { type: 'string', format: 'email' },
      'a/b': { type: 'object', properties: { 'c~d': { type: 'integer' } } },
      rows: { type: 'array', items: { type: 'object', required: ['id'] } },
    },
    required: ['name'],
    additionalProperties: false,
  })

  test.each([
    [{ name: 'Anna', size: 'S', mail: 'anna@example.com' }, []],
    [{}, ["the value must have required property 'name'"]],
    ['text', ['the value must be object']],
    [{ name: 'A' }, ['name must NOT have fewer than 2 characters']],
    [{ name: 'Anna', size: 'L' }, ['size must be one of ["S","M"]']],
    [{ name: 'Anna', mail: 'anna' }, ['mail must match format "email"']],
    [{ name: 'Anna', age: 7 }, ["the value must not have the property 'age'"]],
    [{ name: 'Anna', 'a/b': { 'c~d': 1.5 } }, ['a/b.c~d must be integer']],
    [{ name: 'Anna', rows: [{ id: 1 }, {}] }, ["rows.1 must have required property 'id'"]],
    [{ name: 7, size: 'L' }, ['name must be string', 'size must be one of ["S","M"]']],
  ])('of %j is said with its place', (value, faults) => {
    expect(validate(value)).toEqual(faults)
  })

  test('is one of the first five', () => {
    const numbers = compileSchema({ type: 'array', items: { type: 'number' } })
    expect(numbers(['a', 'b', 'c', 'd', 'e', 'f', 'g'])).toEqual([
      '0 must be number',
      '1 must be number',
      '2 must be number',
      '3 must be number',
      '4 must be number',
    ])
  })
})

describe('a schema that cannot be used', () => {
  test.each([
    [{ type: 'text' }, /^Not a usable schema: the schema\/type must be equal to one of the allowed values/],
    [{ $schema: DRAFT_07, required: 'name' }, /^Not a usable schema: the schema\/required must be array$/],
    [{ pattern: '(' }, /^Not a usable schema: Invalid regular expression: \/\(\/: Unterminated group$/],
    [
      { $schema: DRAFT_07, pattern: '(' },
      /^Not a usable schema: Invalid regular expression: \/\(\/: Unterminated group$/,
    ],
    [
      { $ref: 'https://example.com/other.json' },
      /^Not a usable schema: can't resolve reference https:\/\/example\.com\/other\.json/,
    ],
    [{ $ref: '#/$defs/none' }, /^Not a usable schema: can't resolve reference #\/\$defs\/none/],
  ])('is refused: %j', (schema, message) => {
    expect(() => compileSchema(schema)).toThrow(SchemaError)
    expect(() => compileSchema(schema)).toThrow(message)
  })
})

test('references inside the schema are followed, to itself as well', () => {
  const tree = compileSchema({
    $ref: '#/$defs/node',
    $defs: { node: { type: 'object', properties: { children: { type: 'array', items: { $ref: '#/$defs/node' } } } } },
  })
  expect(tree({ children: [{ children: [] }] })).toEqual([])
  expect(tree({ children: [{ children: [7] }] })).toEqual(['children.0.children.0 must be object'])
})

test('schemas with the same $id do not meet', () => {
  const one = compileSchema({ $id: 'https://example.com/s', type: 'string' })
  const other = compileSchema({ $id: 'https://example.com/s', type: 'number' })
  expect([one('a'), one(1), other('a'), other(1)]).toEqual([
    [],
    ['the value must be string'],
    ['the value must be number'],
    [],
  ])
})

test('a schema that comes again as another object is compiled once, as long as few others come between', () => {
  const number = (place: number) => compileSchema({ type: 'number', maximum: place })
  const first = number(0)
  for (let place = 1; place < 500; place++) number(place)
  expect(number(0)).toBe(first)
  for (let place = 1; place <= 500; place++) number(-place)
  expect(number(0)).not.toBe(first)
})

test('a schema is compiled once, and left as it is', () => {
  const schema = Object.freeze({ type: 'object', properties: Object.freeze({ a: { type: 'string', default: 'x' } }) })
  expect(compileSchema(schema)).toBe(compileSchema(schema))
  const value = {}
  expect(compileSchema(schema)(value)).toEqual([])
  expect(value).toEqual({})
})

test('unknown keywords and formats do not matter', () => {
  expect(compileSchema({ type: 'string', format: 'colour', 'x-order': 1 })('red')).toEqual([])
})

test.each([DRAFT_2020, DRAFT_07])('a pattern may escape what needs no escape (%s)', ($schema) => {
  const validate = compileSchema({ $schema, type: 'string', pattern: '^[a-z\\_\\:]+$' })
  expect([validate('a_b'), validate('A')]).toEqual([[], ['the value must match pattern "^[a-z\\_\\:]+$"']])
  expect(compileSchema({ $schema, type: 'string', pattern: '^\\p{L}+$' })('été')).toEqual([])
})

test('$async does not make everything fit', () => {
  expect(compileSchema({ $async: true, type: 'string' })(7)).toEqual(['the value must be string'])
})

describe('what would take for ever', () => {
  const TOO_LONG = ['the value cannot be checked: that takes too long']

  test.each([
    ['a pattern that goes back again and again', { pattern: '^(a+)+$' }, `${'a'.repeat(100)}!`],
    ['a reference that leads to itself', { $ref: '#/$defs/a', $defs: { a: { $ref: '#' } } }, 1],
    [
      'references that double the work each time',
      {
        $ref: '#/$defs/d40',
        $defs: Object.fromEntries(
          Array.from({ length: 41 }, (_, level) => {
            const next = { $ref: `#/$defs/d${level - 1}` }
            return [`d${level}`, level === 0 ? { type: 'string' } : { allOf: [next, next] }]
          }),
        ),
      },
      'text',
    ],
    [
      'a comparison of each with each',
      { uniqueItems: true },
      Array.from({ length: 50_000 }, (_, place) => ({ place })),
    ],
  ])('is broken off: %s', (_what, schema, value) => {
    expect(compileSchema(schema)(value)).toEqual(TOO_LONG)
    expect(compileSchema({ type: 'string' })(1)).toEqual(['the value must be string'])
  })

  test('is not begun: a schema that is far too large, or nested too deeply', () => {
    const properties = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, place) => [`property${place}`, { type: 'string' }]),
    )
    expect(() => compileSchema({ properties })).toThrow(
      /^Not a usable schema: it has \d+ characters of JSON; the most is 262144\.$/,
    )
    let deep: object = {}
    for (let level = 0; level < 20_000; level++) deep = { items: deep }
    expect(() => compileSchema(deep as JsonSchema)).toThrow(SchemaError)
  })

  test('is done once a minute: why a schema cannot be used is remembered', () => {
    const whyNot = () => {
      try {
        return compileSchema({ $ref: '#/$defs/none', title: 'again' })
      } catch (error) {
        return error
      }
    }
    expect(whyNot()).toBeInstanceOf(SchemaError)
    const first = whyNot()
    expect(whyNot()).toBe(first)
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 60_000 })
    onTestFinished(() => void vi.useRealTimers())
    expect(whyNot()).not.toBe(first)
    expect(whyNot()).toEqual(first)
  })
})

test('of a large value the first fault is said', () => {
  const numbers = compileSchema({ type: 'array', items: { type: 'number' } })
  expect(numbers(Array.from({ length: 100_000 }, () => 'a'))).toEqual(['0 must be number'])
})

test('a fault that quotes much is said in short', () => {
  const [fault = ''] = compileSchema({ enum: Array.from({ length: 10_000 }, (_, place) => `name ${place}`) })('none')
  expect(fault).toMatch(/^the value must be one of \["name 0","name 1",.*"name 9999"\]$/)
  expect(fault.length).toBeLessThan(1200)
})
