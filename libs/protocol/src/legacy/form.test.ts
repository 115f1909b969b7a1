import { expect, test } from 'vitest'
import { toForm } from './form.ts'
import { featuresOf } from './version.ts'

const FORM = {
  type: 'object',
  properties: {
    name: { type: 'string', maxLength: 5 },
    grade: {
      type: 'string',
      title: 'Grade',
      oneOf: [
        { const: 'a', title: 'Good' },
        { const: 'b', title: 'Fair' },
      ],
    },
  },
  required: ['grade'],
}

test('sends a form as it is where titled choices are known', () => {
  expect(toForm(FORM, featuresOf('2025-11-25'))).toBe(FORM)
})

test('names the choices of older clients in enumNames', () => {
  expect(toForm(FORM, featuresOf('2025-06-18'))).toEqual({
    type: 'object',
    properties: {
      name: { type: 'string', maxLength: 5 },
      grade: { type: 'string', title: 'Grade', enum: ['a', 'b'], enumNames: ['Good', 'Fair'] },
    },
    required: ['grade'],
  })
})

test('gives older clients a default for boxes to tick only', () => {
  const properties = { ok: { type: 'boolean', default: true }, name: { type: 'string', default: 'Ann' } }
  expect(toForm({ type: 'object', properties }, featuresOf('2025-06-18')).properties).toEqual({
    ok: { type: 'boolean', default: true },
    name: { type: 'string' },
  })
  expect(toForm({ type: 'object', properties }, featuresOf('2025-11-25')).properties).toEqual(properties)
})

test('leaves a form without fields as it is', () => {
  expect(toForm({ type: 'object' }, featuresOf('2025-06-18'))).toEqual({ type: 'object', properties: {} })
})
