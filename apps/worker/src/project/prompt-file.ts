import { basename } from 'node:path'
import { parseSettingsFile } from '@longhaul/project-files'
import { type Context, definePrompt, type Exposed } from '@longhaul/runtime'
import type { ContentBlock, JsonSchema, Problem } from '@longhaul/task'
import { z } from 'zod'
import { type Part, toParts } from './prompt-parts.ts'

const words = z.string().trim().min(1)
const SETTINGS = z.object({
  title: words.optional(),
  description: words.optional(),
  arguments: z
    .array(
      z.strictObject({
        name: z.string().regex(/^[\w-]+$/),
        title: words.optional(),
        description: words.optional(),
        required: z.boolean().optional(),
        values: z.array(words).optional(),
      }),
    )
    .optional(),
})
const HOW_TO_WRITE = {
  title: 'text, in quotes where YAML would read something else',
  description: 'text that says what the prompt is for',
  arguments:
    'a list of arguments, each with name, and where it helps title, description, required (true or false) and values (a list of text)',
} as const

type Arguments = NonNullable<z.infer<typeof SETTINGS>['arguments']>

/** Reads what is behind a URI, for a message that has it in it. @throws Error where there is nothing */
export type ReadResource = (ctx: Context, uri: string, key: string) => Promise<readonly ContentBlock[]>

/**
 * Reads a file `prompts/NAME.md`: YAML settings between two `---` lines, then the messages.
 * @param file path from the project's folder, which the problems name
 */
export function parsePromptFile(
  text: string,
  file: string,
  readResource: ReadResource,
): { readonly prompt?: Exposed; readonly problems: readonly Problem[] } {
  const name = basename(file, '.md')
  const { parsed, problems } = parseSettingsFile(text, file, {
    settings: SETTINGS,
    howToWrite: HOW_TO_WRITE,
    kind: 'prompt',
    name,
    emptyBody: 'There is no message. Write it after the second "---".',
  })
  if (!parsed) return { problems }
  const { settings, body, firstLine } = parsed
  const { arguments: args = [], title, description } = settings
  const names = args.map((argument) => argument.name)
  const { parts, mistakes } = toParts(body, names)
  const found = mistakes.map(
    ({ line, message }): Problem => ({ file, line: firstLine + line - 1, message, severity: 'error' }),
  )
  if (found.length > 0) return { problems: [...problems, ...found] }
  try {
    const prompt = definePrompt({
      name,
      ...(title && { title }),
      ...(description && { description }),
      arguments: toSchema(args),
      complete: Object.fromEntries(args.flatMap((one) => (one.values ? [[one.name, one.values]] : []))),
      execute: (given, ctx) => toMessages(parts, given, (uri, key) => readResource(ctx, uri, key)),
    })
    return { prompt, problems }
  } catch (error) {
    return { problems: [...problems, { file, message: (error as Error).message, severity: 'error' }] }
  }
}

function toSchema(args: Arguments): JsonSchema {
  const properties = args.map(({ name, title, description }) => [
    name,
    { type: 'string', ...(title && { title }), ...(description && { description }) },
  ])
  const required = args.filter((argument) => argument.required).map(({ name }) => name)
  return { type: 'object', properties: Object.fromEntries(properties), required }
}

type Given = Readonly<Record<string, string>>

async function toMessages(
  parts: readonly Part[],
  given: Given,
  read: (uri: string, key: string) => Promise<readonly ContentBlock[]>,
) {
  const messages = await Promise.all(
    parts.map(async (part, place) => {
      if (part.kind === 'text') return [{ role: part.role, content: fill(part.text, given) }]
      const blocks = await read(fill(part.uri, given), `resource-${place + 1}`)
      return blocks.map((content) => ({ role: 'user' as const, content }))
    }),
  )
  return messages.flat()
}

/** What is not given is left empty. */
const fill = (template: string, given: Given): string =>
  template.replaceAll(/\{\{\s*([\w-]+)\s*\}\}/g, (_, name: string) => given[name] ?? '')
