import { expect, test } from 'vitest'
import { howToAnswer } from './answer.ts'

const ask = (fields: object) =>
  howToAnswer({
    ...{ key: 'elicit#1', deadline: '2030-01-01T00:00:00.000Z', for: 'person', message: 'Where?' },
    fields: { type: 'object', properties: fields },
  } as Parameters<typeof howToAnswer>[0])

test('it is said how to answer', () => {
  expect(ask({ isDone: {} })).toBe("Write --isDone …, or --json '{…}', --decline or --cancel.")
})

test('a field that has the name of an option of the command is written behind --', () => {
  expect(ask({ title: {}, url: {} })).toBe("Write -- --title … --url …, or --json '{…}', --decline or --cancel.")
})
