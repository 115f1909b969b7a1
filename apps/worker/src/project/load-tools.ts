import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { isExposed, type Tool } from '@longhaul/runtime'
import type { Problem } from '@longhaul/task'
import { within } from '../within.ts'
import { readText } from './project-folder.ts'

export interface LoadedTools {
  readonly tools: readonly Tool[]
  readonly problems: readonly Problem[]
}

/**
 * Every export of a file that `defineTool`, `definePrompt` or `defineResource` made, and what goes along with it. The
 * file is run once in the life of this process.
 */
export async function loadTools(dir: string, file: string, withinMs: number): Promise<LoadedTools> {
  const kind = kindOf(file)
  const loaded = await loadModule(dir, file, withinMs)
  if (loaded.kind === 'problem') return { tools: [], problems: [loaded.problem] }
  const values = Object.values(loaded.module).flatMap((value) => (Array.isArray(value) ? value : [value]))
  const tools = [...new Set(values)].filter(isTool).flatMap(withOthers)
  if (tools.length > 0) return { tools, problems: [] }
  const message =
    `It exports no ${kind}. Write: export default ${EXAMPLES[kind]}, from 'longhaul'. ` +
    `A file that only helps others belongs outside of ${dirname(file)}/.`
  return { tools: [], problems: [{ file, message, severity: 'error' }] }
}

export type LoadedModule =
  | { readonly kind: 'module'; readonly module: Readonly<Record<string, unknown>> }
  | { readonly kind: 'problem'; readonly problem: Problem }

/** What a file of the project exports, or why it cannot be loaded, with the line. It is run once in the life of this process. */
export async function loadModule(dir: string, file: string, withinMs: number): Promise<LoadedModule> {
  const problem = (message: string, line?: number): LoadedModule => ({
    kind: 'problem',
    problem: { file, ...(line && { line }), message, severity: 'error' },
  })
  try {
    const module = await within<Record<string, unknown>>(withinMs, import(pathToFileURL(join(dir, file)).href))
    if (module) return { kind: 'module', module }
    return problem(
      `It was not loaded after ${withinMs} ms (LONGHAUL_CODE_LOAD_MS): an await outside of functions goes on.`,
    )
  } catch (error) {
    return problem(`It cannot be loaded: ${describe(error)}`, lineIn(dir, file, error))
  }
}

/** What goes along with a tool under a name of its own. */
export function withOthers(tool: Tool): readonly Tool[] {
  if (isExposed(tool)) return [tool, ...tool.beside]
  return tool.undoTool ? [tool, tool.undoTool] : [tool]
}

const EXAMPLES = {
  tool: 'defineTool({ name, description, inputSchema, execute })',
  prompt: 'definePrompt({ name, description, arguments, execute })',
  resource: 'defineResource({ uri, name, read })',
} as const

const kindOf = (file: string): keyof typeof EXAMPLES => {
  if (file.startsWith('prompts')) return 'prompt'
  return file.startsWith('resources') ? 'resource' : 'tool'
}

function isTool(value: unknown): value is Tool {
  const tool = value as Partial<Tool> | null
  return (
    typeof tool === 'object' &&
    typeof tool?.name === 'string' &&
    typeof tool.execute === 'function' &&
    'inDoubt' in tool
  )
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return `it threw ${String(error)}.`
  const message = error.message.replaceAll(/\s*\n\s*/g, ' ').replace(/\.?$/, '.')
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX') {
    return `${message} Only the types are taken out of TypeScript, so what is more than a type has to be JavaScript.`
  }
  const missing = missingPackage(error)
  return missing ? `${message} Run npm install ${missing} in the project.` : message
}

/** Where in this file the error came from: syntax errors and stack traces name it as URL or path, with the line. */
function lineIn(dir: string, file: string, error: unknown): number | undefined {
  const path = join(dir, file)
  const stack = (error instanceof Error && error.stack) || ''
  const places = [path, pathToFileURL(path).href].flatMap((name) => {
    const at = stack.indexOf(`${name}:`)
    return at < 0 ? [] : [{ at, line: Number.parseInt(stack.slice(at + name.length + 1), 10) }]
  })
  const first = places.toSorted((a, b) => a.at - b.at)[0]
  if (first && first.line > 0) return first.line
  const missing = missingPackage(error)
  const text = missing && readText(dir, file)
  if (typeof text !== 'string' || text === '') return undefined
  return text.split('\n').findIndex((line) => line.includes(`'${missing}`) || line.includes(`"${missing}`)) + 1
}

const missingPackage = (error: unknown): string | undefined =>
  /^Cannot find package '([^']+)'/.exec(error instanceof Error ? error.message : '')?.[1]
