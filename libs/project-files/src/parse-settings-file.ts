import { byPlace, type Problem } from '@longhaul/task'
import type { z } from 'zod'
import { closestName } from './closest-name.ts'
import { splitFrontMatter } from './split-front-matter.ts'
import { YamlFile } from './yaml-file.ts'

/** What may stand in a Markdown file that begins with YAML settings between two `---` lines. */
interface FileFormat<Settings extends z.ZodObject> {
  readonly settings: Settings
  /** For each setting, how to write it: the end of "write …". */
  readonly howToWrite: Readonly<Record<string, string>>
  /** What the file describes, in a word, and what that is called after its file. */
  readonly kind: string
  readonly name: string
  /** What is wrong with a file that has nothing after its settings. */
  readonly emptyBody: string
}

interface SettingsFile<Settings extends z.ZodObject> {
  readonly settings: z.infer<Settings>
  readonly body: string
  /** Line on which the body begins, from 1. */
  readonly firstLine: number
  /** Line of a setting, or of an item of a list in it. */
  readonly lineOf: (path: readonly PropertyKey[]) => number
}

/** @returns what the file says, unless one of the problems is an error; these are in the order of the file */
export function parseSettingsFile<Settings extends z.ZodObject>(
  text: string,
  file: string,
  format: FileFormat<Settings>,
): { readonly parsed?: SettingsFile<Settings>; readonly problems: readonly Problem[] } {
  const { problems, ...rest } = parse(text, file, format)
  return { ...rest, problems: problems.toSorted(byPlace) }
}

function parse<Settings extends z.ZodObject>(
  text: string,
  file: string,
  { settings: schema, howToWrite, kind, name: ownName, emptyBody }: FileFormat<Settings>,
): { readonly parsed?: SettingsFile<Settings>; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const complain = (severity: Problem['severity'], line: number, message: string) =>
    problems.push({ file, line, message, severity })
  const split = splitFrontMatter(text)
  if ('message' in split) {
    complain('error', split.line, split.message)
    return { problems }
  }
  const { yaml, yamlLine, body, bodyLine, firstLine } = split
  if (body === '') complain('error', bodyLine, emptyBody)

  const settingsFile = new YamlFile(yaml, file, { firstLine: yamlLine })
  const given = settingsFile.read() ?? {}
  for (const { line = yamlLine, message } of settingsFile.problems) complain('error', line, message)
  if (settingsFile.isFaulty) return { problems }
  if (!isRecord(given)) {
    complain('error', yamlLine, 'The settings must be lines of "key: value", such as "description: …".')
    return { problems }
  }

  const lineOf = (path: readonly PropertyKey[]) => settingsFile.placeOf(path).line
  const known = Object.keys(howToWrite)
  for (const key of Object.keys(given).filter((key) => !known.includes(key))) {
    complain(
      'warning',
      lineOf([key]),
      key === 'name' ? `'name' is ignored: the ${kind} is called '${ownName}', after its file.` : guess(key, known),
    )
  }
  const checked = schema.safeParse(given)
  for (const issue of checked.error?.issues ?? []) {
    const [key = '', inside = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined] = issue.path.map(String)
    const isInside = isRecord(given[key]) && inside !== undefined && Object.hasOwn(given[key], inside)
    const what = Object.hasOwn(given, key) ? 'cannot be this' : 'is missing'
    const [name, path] = isInside ? [`${key}.${inside}`, [key, inside]] : [key, issue.path]
    complain('error', lineOf(path), `'${name}' ${what}: write ${howToWrite[key]}.`)
  }
  if (!checked.success || problems.some(({ severity }) => severity === 'error')) return { problems }
  return { parsed: { settings: checked.data, body, firstLine, lineOf }, problems }
}

function guess(key: string, known: readonly string[]): string {
  const meant = closestName(key, known)
  return `'${key}' is not known here and is ignored. ${meant ? `Did you mean '${meant}'?` : `Known are ${known.join(', ')}.`}`
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
