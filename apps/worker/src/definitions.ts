import {
  type AgentTool,
  type ApprovalDefaults,
  ASK_USER,
  createAgent,
  findIdleRules,
  selectTools,
} from '@longhaul/agent'
import { isExposed, type ModelChooser, type Tool, toCatalogEntry } from '@longhaul/runtime'
import type { CatalogEntry, Problem, Settings } from '@longhaul/task'
import { inDoubtOf, type Upstreams, type UpstreamTool } from '@longhaul/upstream'
import { exposeTools } from './gateway/exposed-tools.ts'
import type { Project } from './project.ts'

export interface DefinitionParts {
  readonly upstreams: Upstreams
  readonly models: ModelChooser
  readonly settings: Settings
}

/** The durable tools that this worker runs: those of the project, and its agents with the tools they may call. */
export class Definitions {
  #project: Project
  readonly #upstreams: Upstreams
  readonly #models: ModelChooser
  readonly #defaults: ApprovalDefaults
  #tools: ReadonlyMap<string, Tool> = new Map()
  #problems: readonly Problem[] = []

  constructor(project: Project, { upstreams, models, settings }: DefinitionParts) {
    this.#project = project
    this.#upstreams = upstreams
    this.#models = models
    this.#defaults = settings as ApprovalDefaults
    this.#build()
    upstreams.onToolsChanged(() => this.#build())
  }

  /** From now on; what runs goes on with what it began with. */
  replace(project: Project): void {
    this.#project = project
    this.#build()
  }

  find(name: string): Tool | undefined {
    return this.#tools.get(name)
  }

  /** Names of the tools. */
  get names(): readonly string[] {
    return [...this.#tools.values()].filter((tool) => !isExposed(tool)).map(({ name }) => name)
  }

  catalog(): readonly CatalogEntry[] {
    return [...this.#tools.values()].map(toCatalogEntry)
  }

  /** What is wrong with the project at the moment. */
  get problems(): readonly Problem[] {
    return [...this.#project.problems, ...this.#problems, ...this.#upstreams.problems()]
  }

  #build(): void {
    const { tools, agents, servers } = this.#project
    const names = new Set([...tools, ...agents].map(({ name }) => name))
    const listed = this.#upstreams.tools()
    const problems = listed.filter(({ name }) => names.has(name)).map((tool) => this.#describeTaken(tool))
    const upstreamTools = listed.filter(({ name }) => !names.has(name))
    const gateway = exposeTools(servers, upstreamTools)
    problems.push(...gateway.problems)
    const available: AgentTool[] = [
      ...tools.filter((tool) => !isExposed(tool)).map((tool) => ({ kind: 'durable', tool }) as const),
      ...upstreamTools.map(toAgentTool),
      ...(names.has(ASK_USER.name) ? [] : [{ kind: 'durable', tool: ASK_USER } as const]),
    ]
    const built = agents.flatMap((definition) => {
      try {
        const kind = this.#models.choose(definition.model) === 'caller' ? 'caller' : 'model'
        const selected = selectTools(definition, available, agents)
        problems.push(...selected.problems, ...findIdleRules({ agent: definition, tools: selected.tools }))
        return [createAgent(definition, { tools: available, agents, choice: { kind }, defaults: this.#defaults })]
      } catch (error) {
        problems.push({ file: definition.file, message: (error as Error).message, severity: 'error' })
        return this.#tools.get(definition.name) ?? []
      }
    })
    this.#tools = new Map<string, Tool>([...tools, ...built, ...gateway.tools].map((tool) => [tool.name, tool]))
    this.#problems = problems
  }

  /** The project's own tool comes before one of a server: a model is never shown two of one name. */
  #describeTaken({ name, server }: UpstreamTool): Problem {
    const source = this.#project.servers.find((config) => config.name === server)?.source
    const message = `The tool '${name}' of the server is left out, since the project has one of that name: rename that.`
    return { file: 'mcp.json', ...source, message, severity: 'warning' }
  }
}

function toAgentTool(tool: UpstreamTool): AgentTool {
  const { name, title, description, inputSchema, annotations, trusted } = tool
  return {
    kind: 'remote',
    name,
    ...(title && { title }),
    ...(description && { description }),
    inputSchema,
    ...(annotations && trusted && { annotations }),
    inDoubt: inDoubtOf(annotations, trusted),
    call: (args, options) => tool.call(args, options),
  }
}
