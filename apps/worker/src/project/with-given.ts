import { parseAgentFile } from '@longhaul/agent'
import { aroundTool } from '@longhaul/runtime'
import type { Given } from '../worker-options.ts'
import { withOthers } from './load-tools.ts'
import type { Project } from './project.ts'

/** A project with definitions beside those of its folder; these come before others of their names. */
export function withGiven(project: Project, { tools: given = [], agents = {}, middleware = [] }: Given): Project {
  const tools = given.flatMap(withOthers)
  const parsed = Object.entries(agents).map(([name, text]) => parseAgentFile(text, `agents/${name}.md`))
  const read = parsed.flatMap(({ agent }) => agent ?? [])
  const names = new Set([...tools, ...read].map(({ name }) => name))
  const others = <T extends { readonly name: string }>(all: readonly T[]) => all.filter(({ name }) => !names.has(name))
  return {
    ...project,
    middleware: [...middleware, ...project.middleware],
    tools: [
      ...tools.map((tool) => aroundTool(tool, [...middleware, ...project.middleware])),
      ...others(project.tools).map((tool) => aroundTool(tool, middleware)),
    ],
    agents: [...read, ...others(project.agents)],
    problems: [...project.problems, ...parsed.flatMap(({ problems }) => problems)],
  }
}
