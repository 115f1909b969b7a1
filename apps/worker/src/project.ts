import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type AgentDefinition, parseAgentFile } from '@longhaul/agent'
import type { Tool } from '@longhaul/runtime'
import type { Problem } from '@longhaul/task'
import { parseMcpConfig, type ServerConfig } from '@longhaul/upstream'

/** What a user's folder defines. Each mistake is a problem of its file; the rest still loads. */
export interface Project {
  readonly dir: string
  readonly tools: readonly Tool[]
  readonly agents: readonly AgentDefinition[]
  readonly servers: readonly ServerConfig[]
  readonly problems: readonly Problem[]
}

const MCP_FILES = ['mcp.json', '.mcp.json']

export async function loadProject(dir: string, env: NodeJS.ProcessEnv): Promise<Project> {
  const problems: Problem[] = []
  const tools = (
    await Promise.all(files(dir, 'tools', /(?<!\.test|\.d)\.[cm]?[tj]s$/).map((file) => loadTools(dir, file)))
  ).flatMap((loaded) => take(loaded, problems))
  const agents = files(dir, 'agents', /\.md$/).flatMap((file) => {
    const { agent, problems: found } = parseAgentFile(readFileSync(join(dir, file), 'utf8'), file)
    return take({ value: agent ? [agent] : [], problems: found }, problems)
  })
  const servers = files(dir, '.', /^\.?mcp\.json$/)
    .toSorted((a, b) => MCP_FILES.indexOf(a) - MCP_FILES.indexOf(b))
    .slice(0, 1)
    .flatMap((file) => {
      const parsed = parseMcpConfig(readFileSync(join(dir, file), 'utf8'), file, env)
      return take({ value: parsed.servers, problems: parsed.problems }, problems)
    })
  return { dir, tools, agents: withoutTaken(agents, tools, problems), servers, problems }
}

interface Loaded<T> {
  readonly value: readonly T[]
  readonly problems: readonly Problem[]
}

function take<T>({ value, problems: found }: Loaded<T>, problems: Problem[]): readonly T[] {
  problems.push(...found)
  return value
}

/** Files of a folder of the project, by name; none where there is no such folder. */
function files(dir: string, folder: string, pattern: RegExp): string[] {
  try {
    const names = readdirSync(join(dir, folder)).filter((name) => pattern.test(name))
    return names.toSorted().map((name) => join(folder, name))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Every export of a tool file that `defineTool` made. */
async function loadTools(dir: string, file: string): Promise<Loaded<Tool>> {
  const problem = (message: string): Loaded<Tool> => ({ value: [], problems: [{ file, message, severity: 'error' }] })
  try {
    const module: Record<string, unknown> = await import(pathToFileURL(join(dir, file)).href)
    const tools = Object.values(module).filter(isTool)
    if (tools.length > 0) return { value: tools, problems: [] }
    return problem(
      "It exports no tool. Write: export default defineTool({ name, description, inputSchema, execute }), from 'longhaul'.",
    )
  } catch (error) {
    return problem(`It cannot be loaded: ${error instanceof Error ? error.message : String(error)}`)
  }
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

/** Names are unique in a project: a file that takes one that is taken is left out. */
function withoutTaken(
  agents: readonly AgentDefinition[],
  tools: readonly Tool[],
  problems: Problem[],
): AgentDefinition[] {
  const names = new Set(tools.map(({ name }) => name))
  return agents.filter((agent) => {
    if (!names.has(agent.name)) return true
    problems.push({
      file: agent.file,
      message: `There is a tool '${agent.name}' already; rename the file.`,
      severity: 'error',
    })
    return false
  })
}
