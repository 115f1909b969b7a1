import type { CatalogEntry, JsonSchema, Problem } from '@longhaul/task'
import { readText } from './project-folder.ts'

/** What providers of models take as the name of a tool; others are shown another one. */
const NAME_FOR_MODELS = /^[A-Za-z0-9_-]{1,64}$/
const LEAST_WORDS = 3
/** The longest description that every provider takes. */
const MOST_CHARACTERS = 1024

/**
 * What keeps models from using tools well, though everything works: names, descriptions, parameters that nobody
 * describes. Each is a warning with the line, where that can be found in the file.
 * @param files in which file each tool is, by its name
 */
export function lintTools(
  dir: string,
  entries: readonly CatalogEntry[],
  files: ReadonlyMap<string, string>,
): readonly Problem[] {
  return entries.flatMap((entry) => {
    const file = files.get(entry.name)
    if (file === undefined || entry.as !== undefined) return []
    const text = readText(dir, file)
    const lines = typeof text === 'string' ? text.split('\n') : []
    const toolAt = Math.max(0, findLine(lines, new RegExp(`['"\`]?${literally(entry.name)}['"\`]?\\s*,?\\s*$`), 0))
    return lint(entry).map(({ message, parameter }): Problem => {
      const at =
        parameter === undefined ? toolAt : findLine(lines, new RegExp(`\\b${literally(parameter)}['"]?\\??:`), toolAt)
      return { file, ...(lines.length > 0 && at >= 0 && { line: at + 1 }), message, severity: 'warning' }
    })
  })
}

interface Finding {
  readonly message: string
  /** What it is about, where that is not the tool itself. */
  readonly parameter?: string
}

function lint({ name, description = '', inputSchema }: CatalogEntry): readonly Finding[] {
  const words = description.split(/\s+/).filter((word) => word !== '').length
  return [
    ...(NAME_FOR_MODELS.test(name)
      ? []
      : [
          {
            message: `Providers take no tool name like '${name}' and are shown another one: use up to 64 of A-Z a-z 0-9 _ -.`,
          },
        ]),
    ...(words === 0
      ? [{ message: `The tool '${name}' has no description: say what it does and when to use it.` }]
      : words < LEAST_WORDS
        ? [
            {
              message: `The description of '${name}' says too little for a model to choose it: say what it does and when to use it.`,
            },
          ]
        : []),
    ...(description.length > MOST_CHARACTERS
      ? [
          {
            message: `The description of '${name}' has ${description.length} characters, and some providers take ${MOST_CHARACTERS}.`,
          },
        ]
      : []),
    ...lintParameters(inputSchema, `'${name}'`),
  ]
}

function lintParameters({ properties }: JsonSchema, of: string): readonly Finding[] {
  return Object.entries(Object(properties) as Readonly<Record<string, JsonSchema>>).flatMap(([parameter, schema]) => [
    ...(typeof schema.description === 'string' && schema.description.trim() !== ''
      ? []
      : [
          {
            parameter,
            message: `The parameter '${parameter}' of ${of} has no description: add one, in Zod by .describe('…'), in YAML by description.`,
          },
        ]),
    ...lintParameters(schema, `'${parameter}'`),
    ...lintParameters(Object(schema.items), `'${parameter}'`),
  ])
}

const findLine = (lines: readonly string[], pattern: RegExp, from: number): number =>
  lines.findIndex((line, place) => place >= from && pattern.test(line))

const literally = (text: string): string => text.replaceAll(/[^\w]/g, String.raw`\$&`)
