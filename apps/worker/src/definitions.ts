import {
  type AgentParts,
  type AgentTool,
  type ApprovalDefaults,
  ASK_USER,
  createAgent,
  findIdleRules,
  type RemoteAgentTool,
  selectTools,
} from '@longhaul/agent'
import { isExposed, type Tool, toCatalogEntry } from '@longhaul/runtime'
import type { CatalogEntry, Problem, Settings } from '@longhaul/task'
import { inDoubtOf, type Upstreams, type UpstreamTool } from '@longhaul/upstream'
import { createWorkflows, type Target } from '@longhaul/workflow'
import { checkBudget, unpricedModels } from './check-budget.ts'
import { exposeTools } from './gateway/exposed-tools.ts'
import type { Models } from './models.ts'
import type { Project } from './project.ts'

export interface DefinitionParts {
  readonly upstreams: Upstreams
  readonly models: Models
  readonly settings: Settings
}

/** The durable tools that this worker runs: those of the project, and its agents and workflows with what they may call. */
export class Definitions {
  #project: Project
  readonly #upstreams: Upstreams
  readonly #models: Models
  readonly #settings: Settings
  #tools: ReadonlyMap<string, Tool> = new Map()
  #problems: readonly Problem[] = []

  constructor(project: Project, { upstreams, models, settings }: DefinitionParts) {
    this.#project = project
    this.#upstreams = upstreams
    this.#models = models
    this.#settings = settings
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
    const { tools, agents, workflows, servers } = this.#project
    const defaults = this.#settings as ApprovalDefaults
    const names = new Set([...tools, ...agents, ...workflows].map(({ name }) => name))
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
        const unpriced = unpricedModels(definition, this.#models)
        const faults = checkBudget(definition, unpriced, kind === 'caller')
        problems.push(...selected.problems, ...findIdleRules({ agent: definition, tools: selected.tools }), ...faults)
        if (faults.some(({ severity }) => severity === 'error')) return this.#tools.get(definition.name) ?? []
        const windowOf: AgentParts['windowOf'] = ({ model }) => this.#models.windowOf(model)
        const parts = { tools: available, agents, choice: { kind }, defaults, windowOf } as const
        return [createAgent(definition, { ...parts, unpricedModels: unpriced })]
      } catch (error) {
        problems.push({ file: definition.file, message: (error as Error).message, severity: 'error' })
        return this.#tools.get(definition.name) ?? []
      }
    })
    const remote = upstreamTools.filter(({ name }) => !gateway.tools.some((tool) => tool.name === name))
    const flows = createWorkflows(workflows, {
      targets: [
        ...[...tools.filter((tool) => !isExposed(tool)), ...gateway.tools].map(toTarget('tool')),
        ...built.map(toTarget('agent')),
        ...remote.map((tool): Target => ({ kind: 'remote', tool: toAgentTool(tool) })),
      ],
      settings: this.#settings,
    })
    problems.push(...flows.problems)
    // One that can make its calls no more goes on as it was.
    const gone = workflows.filter(({ name }) => !flows.tools.some((tool) => tool.name === name))
    const kept = gone.flatMap(({ name }) => this.#tools.get(name) ?? [])
    const all = [...tools, ...built, ...gateway.tools, ...flows.tools, ...kept]
    this.#tools = new Map<string, Tool>(all.map((tool) => [tool.name, tool]))
    this.#problems = problems
  }

  /** The project's own tool comes before one of a server: a model is never shown two of one name. */
  #describeTaken({ name, server }: UpstreamTool): Problem {
    const source = this.#project.servers.find((config) => config.name === server)?.source
    const message = `The tool '${name}' of the server is left out, since the project has one of that name: rename that.`
    return { file: 'mcp.json', ...source, message, severity: 'warning' }
  }
}

const toTarget =
  (of: 'tool' | 'agent') =>
  (tool: Tool): Target => ({ kind: 'task', of, tool })

function toAgentTool(tool: UpstreamTool): RemoteAgentTool {
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
