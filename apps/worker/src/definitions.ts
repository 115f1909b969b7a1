import {
  type AgentDefinition,
  type AgentTool,
  ASK_USER,
  createAgent,
  findIdleRules,
  selectTools,
} from '@longhaul/agent'
import { isExposed, type Tool, toCatalogEntry } from '@longhaul/runtime'
import type { CatalogEntry, Problem, Settings, TaskHead } from '@longhaul/task'
import type { Upstreams, UpstreamTool } from '@longhaul/upstream'
import { createWorkflows, type Target, type Workflow } from '@longhaul/workflow'
import { checkBudget, unpricedModels } from './check-budget.ts'
import { exposeTools } from './gateway/exposed-tools.ts'
import type { Models } from './models.ts'
import type { Project } from './project/project.ts'
import { toAgentTool } from './remote-agent-tool.ts'
import { restorePinned } from './restore-pinned.ts'

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
  /** What agents can be given. */
  #available: readonly AgentTool[] = []
  /** What workflows can call. */
  #targets: readonly Target[] = []
  /** Definitions of before that tasks have gone on with since the last change, by their hashes. */
  readonly #pinned = new Map<string, Tool>()

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

  /** What a task goes on with: the definition that was pinned for it, if there is one and it is known here. */
  findFor({ tool: name, pinned }: TaskHead): Tool | undefined {
    const current = this.#tools.get(name)
    return pinned === undefined || current?.pin?.hash === pinned ? current : this.#pinned.get(pinned)
  }

  /** Makes a pinned definition known. @throws Error that says what it lacks here */
  restore(pinned: string, content: string): Tool {
    const { agents, workflows } = this.#project
    const createAgent = (agent: AgentDefinition, all: readonly AgentDefinition[]) => this.#createAgent(agent, all)
    const parts = { createAgent, agents, workflows, targets: this.#targets, settings: this.#settings }
    const tool = restorePinned(content, parts)
    this.#pinned.set(pinned, tool)
    return tool
  }

  /** Names of the tools. */
  get names(): readonly string[] {
    return [...this.#tools.values()].filter((tool) => !isExposed(tool)).map(({ name }) => name)
  }

  /** Names of all that it runs: what is exposed as something else, too. */
  get allNames(): readonly string[] {
    return [...this.#tools.keys()]
  }

  /** Versions of those tools that have one, by name. */
  get versions(): { readonly [tool: string]: string } {
    const versions = [...this.#tools.values()].map(({ name, version }) => [name, version] as const)
    return Object.fromEntries(versions.filter((pair): pair is [string, string] => pair[1] !== undefined))
  }

  /** In which file of the project each of these is, by its name. */
  get files(): ReadonlyMap<string, string> {
    return this.#project.files
  }

  catalog(): readonly CatalogEntry[] {
    return [...this.#tools.values()].map(toCatalogEntry)
  }

  /** What is wrong with the project at the moment. */
  get problems(): readonly Problem[] {
    return [...this.#project.problems, ...this.#problems, ...this.#upstreams.problems()]
  }

  #build(): void {
    const { tools, agents, workflows, servers, middleware, isUnguarded } = this.#project
    const names = new Set([...tools, ...agents, ...workflows].map(({ name }) => name))
    const listed = this.#upstreams.tools()
    const problems = listed.filter(({ name }) => names.has(name)).map((tool) => this.#describeTaken(tool))
    const upstreamTools = listed.filter(({ name }) => !names.has(name))
    const gateway = exposeTools(isUnguarded ? [] : servers, upstreamTools, middleware)
    problems.push(...gateway.problems)
    const exposed = new Set(gateway.tools.map(({ name }) => name))
    this.#pinned.clear()
    const available: AgentTool[] = [
      ...tools.filter((tool) => !isExposed(tool)).map((tool) => ({ kind: 'durable', tool }) as const),
      ...upstreamTools.map((tool) => ({ ...toAgentTool(tool, middleware), isTask: exposed.has(tool.name) })),
      ...workflows.map(toCalledWorkflow),
      ...(names.has(ASK_USER.name) ? [] : [{ kind: 'durable', tool: ASK_USER } as const]),
    ]
    this.#available = available
    const built = agents.flatMap((definition) => {
      try {
        const tool = this.#createAgent(definition, agents)
        const selected = selectTools(definition, available, agents)
        const faults = checkBudget(
          definition,
          unpricedModels(definition, this.#models),
          tool.needs.sampling !== undefined,
        )
        problems.push(...selected.problems, ...findIdleRules({ agent: definition, tools: selected.tools }), ...faults)
        return faults.some(({ severity }) => severity === 'error') ? (this.#tools.get(definition.name) ?? []) : [tool]
      } catch (error) {
        problems.push({ file: definition.file, message: (error as Error).message, severity: 'error' })
        return this.#tools.get(definition.name) ?? []
      }
    })
    const remote = upstreamTools.filter(({ name }) => !exposed.has(name))
    this.#targets = [
      ...[...tools.filter((tool) => !isExposed(tool)), ...gateway.tools].map(toTarget('tool')),
      ...built.map(toTarget('agent')),
      ...remote.map((tool): Target => ({ kind: 'remote', tool: toAgentTool(tool, middleware) })),
    ]
    const flows = createWorkflows(workflows, { targets: this.#targets, settings: this.#settings })
    problems.push(...flows.problems)
    // One that can make its calls no more goes on as it was.
    const gone = workflows.filter(({ name }) => !flows.tools.some((tool) => tool.name === name))
    const kept = gone.flatMap(({ name }) => this.#tools.get(name) ?? [])
    const all = [...tools, ...built, ...gateway.tools, ...flows.tools, ...kept]
    this.#tools = new Map<string, Tool>(all.map((tool) => [tool.name, tool]))
    this.#problems = problems
  }

  /** @throws Error when its model, or its name, cannot be used */
  #createAgent(agent: AgentDefinition, agents: readonly AgentDefinition[]): Tool {
    const { shownResultBytes: textBytes, shownMediaBytes: mediaBytes, maxHandOffs } = this.#settings
    return createAgent(agent, {
      tools: this.#available,
      agents,
      choice: { kind: this.#models.choose(agent.model) === 'caller' ? 'caller' : 'model' },
      defaults: this.#settings,
      onCodeChange: this.#settings.onCodeChange,
      windowOf: ({ model }) => this.#models.windowOf(model),
      shown: { textBytes, mediaBytes },
      maxHandOffs,
      unpricedModels: unpricedModels(agent, this.#models),
    })
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

/** Also of one whose calls cannot be made now: the server that it needs may come up, and till then a call of it says so. */
const toCalledWorkflow = ({ name, title, description, inputSchema }: Workflow): AgentTool => ({
  kind: 'workflow',
  name,
  ...(title && { title }),
  description,
  inputSchema,
})
