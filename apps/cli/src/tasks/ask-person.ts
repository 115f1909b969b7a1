import { compileSchema } from '@longhaul/schema'
import type { ElicitAnswer, Json, JsonSchema } from '@longhaul/task'
import { parseValue, propertiesOf, typesOf, WordsError } from './parse-words.ts'
import type { QuestionView } from './task-client.ts'

/** Asks somebody for a line; undefined where nobody is there, or the input has ended. */
export type Prompt = (text: string) => Promise<string | undefined>

const INSTEAD = { ':decline': 'decline', ':cancel': 'cancel' } as const

/** What a person says to a question, field by field. @returns undefined where nobody is there to ask */
export async function askPerson(
  question: Extract<QuestionView, { for: 'person' }>,
  { prompt, say }: { readonly prompt: Prompt; readonly say: (line: string) => void },
): Promise<ElicitAnswer | undefined> {
  say('')
  say(question.message)
  if ('url' in question) {
    say(`  Open ${question.url}`)
    const line = await prompt('  Press Enter when that is done (:decline or :cancel instead): ')
    if (line === undefined) return undefined
    return { action: insteadOf(line) ?? 'accept' }
  }
  say('  (:decline or :cancel instead of an answer)')
  const content: Record<string, Json> = {}
  const required = new Set([Object(question.fields.required)].flat())
  for (const [name, field] of Object.entries(propertiesOf(question.fields))) {
    const value = await askField(name, field, { prompt, say, isRequired: required.has(name) })
    if (value === 'nobody') return undefined
    if (typeof value === 'object' && 'action' in value) return value
    if (typeof value === 'object' && 'value' in value) content[name] = value.value
  }
  return { action: 'accept', content: content as ElicitAnswer['content'] & {} }
}

type Field = { readonly value: Json } | { readonly action: 'decline' | 'cancel' } | 'left out' | 'nobody'

async function askField(
  name: string,
  field: JsonSchema,
  options: { readonly prompt: Prompt; readonly say: (line: string) => void; readonly isRequired: boolean },
): Promise<Field> {
  const { prompt, say, isRequired } = options
  for (;;) {
    const line = await prompt(`  ${describeField(name, field, isRequired)}: `)
    if (line === undefined) return 'nobody'
    const action = insteadOf(line)
    if (action) return { action }
    if (line === '' && field.default !== undefined) return { value: field.default as Json }
    if (line === '' && !isRequired) return 'left out'
    try {
      const value = typesOf(field).includes('array') ? splitList(line) : parseValue(choiceOf(line, field), field, name)
      const faults = compileSchema(field)(value)
      if (faults.length === 0) return { value }
      say(`  That does not fit: ${faults.join('; ')}`)
    } catch (error) {
      if (!(error instanceof WordsError)) throw error
      say(`  It takes ${typesOf(field).join(' or ')}.`)
    }
  }
}

function describeField(name: string, field: JsonSchema, isRequired: boolean): string {
  const { title, description } = field
  const choices = choicesIn(field)
  const about = [
    choices.length > 0
      ? choices.map(({ value, title }) => (title ? `${value} (${title})` : value)).join(' | ')
      : typesOf(field).join(' or '),
    ...(typesOf(field).includes('array') ? ['separated by commas'] : []),
    ...(field.default === undefined ? [] : [`default ${JSON.stringify(field.default)}`]),
    ...(isRequired || field.default !== undefined ? [] : ['may be left out']),
  ]
  const what = [description, about.join(', ')].filter(Boolean).join(' ')
  return `${title ?? name} [${what}]`
}

interface Choice {
  readonly value: string
  readonly title?: string
}

/** What may be chosen, in the two ways in which forms say it, for one value or a list. */
function choicesIn(field: JsonSchema): readonly Choice[] {
  const { enum: values, enumNames: names, oneOf, anyOf, items } = Object(field)
  if (Array.isArray(values)) return values.map((value, place) => ({ value: `${value}`, title: names?.[place] }))
  const titled = oneOf ?? anyOf
  if (Array.isArray(titled)) return titled.map((one) => ({ value: `${one.const}`, title: one.title }))
  return items ? choicesIn(items) : []
}

/** The value of a choice that was named by its title. */
const choiceOf = (line: string, field: JsonSchema): string =>
  choicesIn(field).find(({ title }) => title?.toLowerCase() === line.toLowerCase())?.value ?? line

const splitList = (line: string): string[] =>
  line
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

const insteadOf = (line: string): 'decline' | 'cancel' | undefined =>
  Object.hasOwn(INSTEAD, line) ? INSTEAD[line as keyof typeof INSTEAD] : undefined
