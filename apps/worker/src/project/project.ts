import { type AgentDefinition, parseAgentFile } from '@longhaul/agent'
import { type PriceTable, parsePriceFile } from '@longhaul/models'
import { aroundTool, type Context, type Middleware, type Tool } from '@longhaul/runtime'
import { type ContentBlock, type Problem, readSettings, resourceKey, type Settings } from '@longhaul/task'
import { parseMcpConfig, type ServerConfig } from '@longhaul/upstream'
import type { Workflow } from '@longhaul/workflow'
import { CodeGraph } from './code-graph.ts'
import { LastGood } from './last-good.ts'
import { loadMiddleware } from './load-middleware.ts'
import { loadTools } from './load-tools.ts'
import { checkProjectFolder, listFiles, readText } from './project-folder.ts'
import { parsePromptFile } from './prompt-file.ts'
import { findResourceFiles } from './resource-files.ts'
import { readWorkflowFiles } from './workflow-files.ts'

/** What a user's folder defines. Each mistake is a problem of its file; the rest still loads. */
export interface Project {
  readonly dir: string
  readonly tools: readonly Tool[]
  readonly agents: readonly AgentDefinition[]
  readonly workflows: readonly Workflow[]
  readonly servers: readonly ServerConfig[]
  /** What runs around its tools and models, the outermost first. It is around these tools already. */
  readonly middleware: readonly Middleware[]
  /** There is more of that, which cannot be loaded: nothing that it should run around may run. */
  readonly isUnguarded?: true
  /** What models cost, where the project says so. */
  readonly prices: PriceTable
  /** In which file each name is defined. */
  readonly files: ReadonlyMap<string, string>
  readonly problems: readonly Problem[]
}

const MIDDLEWARE_FILE = /^middleware\.m?[tj]s$/
const TOOL_FILE = /(?<!\.test|\.d)\.[cm]?[tj]s$/

export interface LoadOptions {
  /** With the limits of files. */
  readonly settings?: Settings
  /** What was loaded before, which stands in for a file that is faulty now. */
  readonly lastGood?: LastGood
  /** Which files import which, from before the first load on. */
  readonly code?: CodeGraph
}

/**
 * Reads a project and runs its tool files.
 * @param env where `${VAR}` in mcp.json comes from
 * @throws Error when there is no such folder
 */
export async function loadProject(
  dir: string,
  env: NodeJS.ProcessEnv,
  { settings = readSettings({}), lastGood = new LastGood(), code: given }: LoadOptions = {},
): Promise<Project> {
  checkProjectFolder(dir)
  const code = given ?? new CodeGraph(dir)
  const problems: Problem[] = []
  const list = (folder: string, pattern: RegExp): string[] => {
    const { paths, problems: found } = listFiles(dir, folder, pattern)
    problems.push(...found)
    return paths
  }
  const read = <T>(file: string, parse: (text: string) => { readonly problems: readonly Problem[] } & T) => {
    const text = readText(dir, file)
    const parsed = typeof text === 'string' ? parse(text) : undefined
    problems.push(...(typeof text === 'string' ? (parsed?.problems ?? []) : [text]))
    return parsed
  }
  const names = new Names(problems)

  const loaded = await Promise.all(
    ['tools', 'prompts', 'resources']
      .flatMap((folder) => list(folder, TOOL_FILE))
      .map(async (file) => ({ file, ...(await loadTools(dir, file, settings.codeLoadMs)) })),
  )
  const tools = loaded.flatMap((one) => {
    problems.push(...one.problems)
    const taken = one.tools.filter((tool) => names.take(tool.name, one.file, tool))
    return taken.map((tool) => (tool.version === undefined ? { ...tool, version: code.versionOf(one.file) } : tool))
  })
  const agents = list('agents', /\.md$/).flatMap((file) => {
    const agent = lastGood.of(file, read(file, (text) => parseAgentFile(text, file))?.agent)
    return agent && names.take(agent.name, file) ? [agent] : []
  })
  const flows = readWorkflowFiles(dir, settings)
  problems.push(...flows.problems, ...flows.files.flatMap((file) => file.problems))
  const workflows = flows.files.flatMap(({ path, workflow: now }) => {
    const workflow = lastGood.of(path, now)
    return workflow && names.take(workflow.name, path) ? [workflow] : []
  })
  const files = findResourceFiles(dir, {
    isCode: (name) => TOOL_FILE.test(name),
    maxBytes: settings.maxResourceFileBytes,
  })
  problems.push(...files.problems)
  const exposed: Tool[] = [...files.resources].flatMap(([path, resource]) =>
    names.take(resource.name, `resources/${path}`, resource) ? [resource] : [],
  )
  const find = (uri: string) => [...tools, ...exposed].find(({ name }) => name === resourceKey(uri))
  const readResource = async (ctx: Context, uri: string, key: string): Promise<readonly ContentBlock[]> => {
    const resource = find(uri)
    if (!resource) throw new Error(`The project has no resource '${uri}'.`)
    const { contents } = Object((await ctx.run(key, resource, { uri })).structuredContent)
    return contents.map((one: object) => ({ type: 'resource', resource: one }))
  }
  for (const file of list('prompts', /\.md$/)) {
    const prompt = lastGood.of(file, read(file, (text) => parsePromptFile(text, file, readResource))?.prompt)
    if (prompt && names.take(prompt.name, file, prompt)) exposed.push(prompt, ...prompt.beside)
  }
  // `mcp.json` comes after `.mcp.json` in the list.
  const [config, ...others] = list('.', /^\.?mcp\.json$/).toReversed()
  for (const file of others) {
    const message = `It is ignored, since there is ${config}, too: move its servers there.`
    problems.push({ file, message, severity: 'warning' })
  }
  const configured = config ? read(config, (text) => parseMcpConfig(text, config, env)) : undefined
  const isGood = configured?.problems.every(({ severity }) => severity !== 'error')
  // A mistake costs its own server only, but what was right before the mistake was made is better still.
  const lastServers = config ? lastGood.of(config, isGood ? configured?.servers : undefined) : undefined
  const servers = lastServers ?? configured?.servers ?? []
  const prices = list('.', /^prices\.yaml$/).map((file) =>
    lastGood.of(file, read(file, (text) => parsePriceFile(text, file))?.prices),
  )
  lastGood.forgetOthers()
  const [around, ...more] = list('.', MIDDLEWARE_FILE)
  for (const file of more) {
    const message = `It is ignored, since there is ${around}, too: export a list there.`
    problems.push({ file, message, severity: 'error' })
  }
  const { middleware, problems: faults } = around
    ? await loadMiddleware(dir, around, settings.codeLoadMs)
    : { middleware: [], problems: [] }
  problems.push(...faults)
  const { files: definedIn } = names
  const rest = { dir, servers, middleware, prices: prices[0] ?? {}, files: definedIn, problems }
  // What was to be refused, or watched, must not run without that.
  if (faults.length > 0) return { ...rest, isUnguarded: true, tools: [], agents: [], workflows: [] }
  return { ...rest, tools: [...tools.map((tool) => aroundTool(tool, middleware)), ...exposed], agents, workflows }
}

/** Names are unique in a project: whoever comes second is left out. */
class Names {
  readonly #taken = new Map<string, { readonly file: string; readonly tool: Tool | undefined }>()
  readonly #problems: Problem[]

  constructor(problems: Problem[]) {
    this.#problems = problems
  }

  get files(): ReadonlyMap<string, string> {
    return new Map([...this.#taken].map(([name, { file }]) => [name, file]))
  }

  take(name: string, file: string, tool?: Tool): boolean {
    const first = this.#taken.get(name)
    if (!first) {
      this.#taken.set(name, { file, tool })
      return true
    }
    // One file may hand on the tools of another.
    if (tool === undefined || tool !== first.tool) {
      const what = name.includes(':') ? name.replace(':', ' ') : `tool '${name}'`
      const message = `There is a ${what} in ${first.file} already; give this one another name.`
      this.#problems.push({ file, message, severity: 'error' })
    }
    return false
  }
}
