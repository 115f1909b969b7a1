import { YamlFile } from '@longhaul/project-files'
import { type Json, readSettings } from '@longhaul/task'
import { expect, test } from 'vitest'
import type { Values } from './expression.ts'
import { TemplateReader } from './parse-template.ts'
import { isMet, render } from './template.ts'

const { maxExpressionCharacters } = readSettings({})
const around = { check: () => {} }

function read(value: Json, values: Values): Json {
  const file = new YamlFile(JSON.stringify({ value }), 'a.yaml')
  const template = new TemplateReader(file, maxExpressionCharacters).read(value, ['value'], around)
  expect(file.problems).toEqual([])
  return render(template, values)
}
const contexts = {
  inputs: { n: 3, list: [1, { a: 'x' }], Odd: { constructor: 'kept', A: 1, a: 2 }, none: null, on: true, text: 'it' },
}

test.each<[Json, Json]>([
  ['${{ inputs.n }}', 3],
  ['${{ inputs.on }}', true],
  ['${{ inputs.none }}', null],
  ['${{ inputs.missing.deeper }}', null],
  ['${{ inputs.list }}', [1, { a: 'x' }]],
  ['${{ inputs.odd }}', { constructor: 'kept', A: 1, a: 2 }],
  ['${{ inputs.odd.constructor }}', 'kept'],
  ['${{ inputs.odd.a }}', 2],
  ['${{ inputs.list[1].a }}', 'x'],
  ['${{ inputs.list.*.a }}', ['x']],
  ['n is ${{ inputs.n }}, ${{ inputs.list }} and ${{ inputs.none }}.', 'n is 3, [1,{"a":"x"}] and .'],
  ['${{ inputs.n }}${{ inputs.n }}', '33'],
  [' ${{ inputs.n }}', ' 3'],
  ["${{ format('{0} }}}} {1}', 'it''s', 'a''b''c') }}", "it's }} a'b'c"],
  ['${{ fromJSON(\'{"a":1,"A":2}\') }}', { a: 1, A: 2 }],
  ['${{ toJSON(inputs.odd) }}', JSON.stringify(contexts.inputs.Odd, null, 2)],
  ["${{ inputs.n > 2 && contains(inputs.text, 'T') && 'yes' || 'no' }}", 'yes'],
  [
    { a: ['${{ inputs.n }}', 'plain', 7], b: {} },
    { a: [3, 'plain', 7], b: {} },
  ],
  ['$ {{ inputs.n }} costs $5 {{ x }}', '$ {{ inputs.n }} costs $5 {{ x }}'],
])('%j comes to %j', (value, expected) => {
  expect(read(value, { contexts })).toEqual(expected)
})

test('what an expression cannot do is said with the expression', () => {
  expect(() => read("${{ fromJSON('{') }}", { contexts })).toThrow(
    /^\$\{\{ fromJSON\('\{'\) \}\} cannot be evaluated: /,
  )
})

test.each([
  [undefined, [true, false, false]],
  ['inputs.n == 3', [true, false, false]],
  ['inputs.n == 4', [false, false, false]],
  ['always()', [true, true, true]],
  ['failure()', [false, true, false]],
  ['!success() && inputs.n == 3', [false, true, true]],
  ['cancelled()', [false, false, true]],
])('the condition %j holds as in CI files', (text, expected) => {
  const file = new YamlFile(JSON.stringify({ if: text ?? '' }), 'a.yaml')
  const reader = new TemplateReader(file, maxExpressionCharacters)
  const condition = text === undefined ? undefined : reader.readCondition(text, ['if'], around)
  expect(file.problems).toEqual([])
  const states = ['success', 'failure', 'cancelled'].map((state) => ({
    ...{ success: state === 'success', failure: state === 'failure', cancelled: state === 'cancelled', always: true },
  }))
  expect(states.map((status) => isMet(condition, { contexts, status }))).toEqual(expected)
})
