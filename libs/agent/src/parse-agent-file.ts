import { basename } from 'node:path'
import type { Problem } from '@longhaul/task'
import { type Document, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { type AgentDefinition, DEFAULT_MAX_TOKENS, DEFAULT_MAX_TURNS } from './agent-definition.ts'
import { closestName } from './closest-name.ts'
import { FRONT_MATTER, HOW_TO_WRITE } from './front-matter.ts'
import { splitFrontMatter } from './split-front-matter.ts'

/** What MCP allows as the name of a tool. */
const TOOL_NAME = /^[A-Za-z0-9_.-]{1,128}$/

const QUOTE = 'Put a value in quotes that begins with * ! & or has ": " in it.'

/**
 * Reads a file `agents/NAME.md`: YAML settings between two `---` lines, then the system prompt.
 * @param file path from the project's folder, which the problems name
 * @returns the agent, unless one of the problems is an error
 */
export function parseAgentFile(
  text: string,
  file: string,
): { readonly agent?: AgentDefinition; readonly problems: readonly Problem[] } {
  const problems: Problem[] = []
  const complain = (severity: Problem['severity'], line: number | undefined, message: string) =>
    problems.push({ file, ...(line !== undefined && { line }), message, severity })
  const failed = () => ({ problems: problems.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)) })

  const name = basename(file).replace(/\.md$/i, '')
  if (!TOOL_NAME.test(name)) {
    const message = `'${name}' cannot be the name of a tool. Name the file with 1 to 128 of A-Z a-z 0-9 _ - and dot, then ".md".`
    complain('error', undefined, message)
  }
  const split = splitFrontMatter(text)
  if ('message' in split) {
    complain('error', split.line, split.message)
    return failed()
  }
  const { yaml, yamlLine, body, bodyLine } = split
  if (body === '') complain('error', bodyLine, 'There is no system prompt. Write it after the second "---".')

  const lines = new LineCounter()
  const document = parseDocument(yaml, { lineCounter: lines, prettyErrors: false })
  const lineAt = (offset: number) => lines.linePos(offset).line - 1 + yamlLine
  for (const mistake of [...document.errors, ...document.warnings]) {
    complain('error', lineAt(mistake.pos[0]), `This is not YAML that can be read: ${mistake.message}. ${QUOTE}`)
  }
  const settings = document.errors.length + document.warnings.length === 0 ? toSettings(document) : undefined
  if (typeof settings === 'string') complain('error', yamlLine, settings)
  if (typeof settings !== 'object') return failed()

  const lineOf = (path: readonly PropertyKey[]) => lineAt(offsetOf(document, path))
  for (const key of Object.keys(settings).filter((key) => !Object.hasOwn(HOW_TO_WRITE, key))) {
    complain('warning', lineOf([key]), describeUnknown(key, name))
  }
  const parsed = FRONT_MATTER.safeParse(settings)
  for (const { path } of parsed.error?.issues ?? []) {
    const key = path[0] as keyof typeof HOW_TO_WRITE
    const isMissing = !Object.hasOwn(settings, key)
    complain(
      'error',
      lineOf(path),
      `'${key}' ${isMissing ? 'is missing' : 'cannot be this'}: write ${HOW_TO_WRITE[key]}.`,
    )
  }
  if (!parsed.success || problems.some(({ severity }) => severity === 'error')) return failed()

  const { tools = [], timeout, maxTurns = DEFAULT_MAX_TURNS, maxTokens = DEFAULT_MAX_TOKENS, ...rest } = parsed.data
  const agent: AgentDefinition = {
    name,
    file,
    ...rest,
    systemPrompt: body,
    tools: tools.map((pattern, place) => ({ pattern, line: lineOf(['tools', place]) })),
    maxTurns,
    maxTokens,
    ...(timeout !== undefined && { timeoutMs: timeout }),
  }
  return { agent, problems }
}

/** The settings, or what is wrong with all of them. */
function toSettings(document: Document): Readonly<Record<string, unknown>> | string {
  if (document.contents === null) return {}
  if (!isMap(document.contents)) return 'The settings must be lines of "key: value", such as "description: …".'
  try {
    return document.toJS()
  } catch (error) {
    // An alias without an anchor shows only now.
    return `This is not YAML that can be read: ${error instanceof Error ? error.message : error}. ${QUOTE}`
  }
}

function describeUnknown(key: string, name: string): string {
  if (key === 'name') return `'name' is ignored: the agent is called '${name}', after its file.`
  const known = Object.keys(HOW_TO_WRITE)
  const meant = closestName(key, known)
  return `'${key}' is not known here and is ignored. ${meant ? `Did you mean '${meant}'?` : `Known are ${known.join(', ')}.`}`
}

/** Where the setting begins, or the item of a list in it; the beginning of the text where it is missing. */
function offsetOf({ contents }: Document, [key, place]: readonly PropertyKey[]): number {
  const pair = isMap(contents) ? contents.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined
  const item = isSeq(pair?.value) ? pair.value.items[Number(place)] : undefined
  const node = (item ?? pair?.key) as { readonly range?: readonly number[] } | undefined
  return node?.range?.[0] ?? 0
}
