import { expect, test } from 'vitest'
import { askPerson } from './ask-person.ts'

const DEADLINE = new Date(0).toISOString()
const QUESTION = {
  key: 'elicit#1',
  deadline: DEADLINE,
  for: 'person',
  message: 'Where to?',
  fields: {
    type: 'object',
    properties: {
      place: { type: 'string', minLength: 2 },
      days: { type: 'integer', default: 3 },
      class: { type: 'string', oneOf: [{ const: 'e', title: 'Economy' }, { const: 'f' }] },
      extras: { type: 'array', items: { type: 'string', enum: ['seat', 'meal'] } },
    },
    required: ['place', 'class'],
  },
} as const

/** What comes of these lines, and what was said meanwhile. */
async function ask(lines: readonly string[], question: Parameters<typeof askPerson>[0] = QUESTION) {
  const left = [...lines]
  const said: string[] = []
  const prompt = async (text: string) => {
    said.push(text)
    return left.shift()
  }
  const answer = await askPerson(question, { prompt, say: (line) => said.push(line) })
  return { answer, said: said.join('\n'), left }
}

test('a form is filled in field by field, what does not fit is asked again', async () => {
  const { answer, said } = await ask(['x', 'Oslo', '', 'g', 'economy', 'meal, sauna', 'meal'])
  expect(answer).toEqual({ action: 'accept', content: { place: 'Oslo', days: 3, class: 'e', extras: ['meal'] } })
  expect(said).toContain('Where to?')
  expect(said).toContain('days [integer, default 3]')
  expect(said).toContain('class [e (Economy) | f]')
  expect(said.match(/That does not fit: /g)).toHaveLength(3)
})

test('what need not be filled in may be left out', async () => {
  const { answer } = await ask(['Oslo', '4', 'f', ''])
  expect(answer).toEqual({ action: 'accept', content: { place: 'Oslo', days: 4, class: 'f' } })
})

test.each(['decline', 'cancel'] as const)('a form is declined or cancelled at any field: %s', async (action) => {
  expect((await ask(['Oslo', `:${action}`])).answer).toEqual({ action })
})

test('where the input ends nothing is answered', async () => {
  expect((await ask(['Oslo'])).answer).toBeUndefined()
})

test('a page is shown, and done when its reader says so', async () => {
  const page = { key: 'p', deadline: DEADLINE, for: 'person', message: 'Log in.', url: 'https://a.example/b' } as const
  const { answer, said } = await ask([''], page)
  expect(answer).toEqual({ action: 'accept' })
  expect(said).toContain('https://a.example/b')
  expect((await ask([':decline'], page)).answer).toEqual({ action: 'decline' })
  expect((await ask([], page)).answer).toBeUndefined()
})
