import { describe, expect, test } from 'vitest'
import { parseJsonObject, parseWords } from './parse-words.ts'

const SCHEMA = {
  type: 'object',
  properties: {
    text: { type: 'string' },
    maxTokens: { type: 'integer' },
    dry_run: { type: 'boolean' },
    tags: { type: 'array', items: { type: 'string' } },
    sizes: { type: 'array', items: { type: 'number' } },
    options: { type: 'object' },
    level: { enum: ['low', 'high'] },
    anything: {},
    maybe: { anyOf: [{ type: 'number' }, { type: 'null' }] },
  },
} as const

test.each([
  [['--text', '12'], { text: '12' }],
  [['--text=a=b'], { text: 'a=b' }],
  [['--text', '--text'], { text: '--text' }],
  [['--max-tokens', '12'], { maxTokens: 12 }],
  [['--dry-run', '--level', 'low'], { dry_run: true, level: 'low' }],
  [['--no-dry-run'], { dry_run: false }],
  [['--dry-run=false'], { dry_run: false }],
  [['--dry_run', 'true'], { dry_run: true }],
  [['--tags', 'a', '--tags', 'b'], { tags: ['a', 'b'] }],
  [['--tags', '["a","b"]'], { tags: ['a', 'b'] }],
  [['--sizes', '1', '--sizes', '2.5'], { sizes: [1, 2.5] }],
  [['--options', '{"a":1}'], { options: { a: 1 } }],
  [['--anything', '[1]'], { anything: [1] }],
  [['--anything', 'word'], { anything: 'word' }],
  [['--maybe', '3', '--maybe', 'null'], { maybe: null }],
  [[], {}],
])('%j are %j', (words, args) => {
  expect(parseWords(words, SCHEMA)).toEqual(args)
})

describe('what cannot be read is said with what to write', () => {
  test.each([
    [['word'], "'word' belongs to no option. It takes --text, --maxTokens,"],
    [['--nothing', 'x'], 'There is no --nothing. It takes --text,'],
    [['--no-text'], 'There is no --no-text.'],
    [['--text'], '--text needs a value.'],
    [['--max-tokens', 'many'], "--max-tokens takes integer, not 'many'."],
    [['--options', '{'], '--options takes JSON, and this is none: {'],
  ])('%j', (words, message) => {
    expect(() => parseWords(words, SCHEMA)).toThrow(message)
  })

  test.each(['{', '[]', 'null', '"a"'])('JSON that is no object: %s', (text) => {
    expect(() => parseJsonObject(text)).toThrow(`This is no JSON object: ${text}.`)
  })
})
