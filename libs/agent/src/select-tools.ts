import { closestName } from '@longhaul/project-files'
import type { Problem } from '@longhaul/task'
import type { AgentDefinition, ToolGlob } from './agent-definition.ts'
import { type AgentTool, nameOf } from './agent-tool.ts'
import { toCalledAgent, toHandOff } from './colleagues.ts'
import { isSelected, toMatcher } from './glob.ts'

/** Names of tools that a warning lists; more would bury it. */
const NAMES_SHOWN = 10

/** What a list of globs selects from. */
interface Selection<T> {
  /** The setting that has the globs. */
  readonly setting: 'tools' | 'agents' | 'handOffs'
  readonly globs: readonly ToolGlob[]
  readonly available: readonly { readonly name: string; readonly item: T }[]
}

/**
 * The tools that the agent may call, in the order in which they are available: tools of the project, agents, and
 * hand-offs; and a warning for each glob that matches none. An agent is never its own tool.
 */
export function selectTools(
  agent: AgentDefinition,
  available: readonly AgentTool[],
  agents: readonly AgentDefinition[] = [],
): { readonly tools: readonly AgentTool[]; readonly problems: readonly Problem[] } {
  const parts = [
    selectBy<AgentTool>(agent, {
      setting: 'tools',
      globs: agent.tools,
      available: available.map((item) => ({ name: nameOf(item), item })),
    }),
    selectBy<AgentTool>(agent, {
      setting: 'agents',
      globs: agent.agents,
      available: agents.map((one) => ({ name: one.name, item: toCalledAgent(one) })),
    }),
    selectBy<AgentTool>(agent, {
      setting: 'handOffs',
      globs: agent.handOffs,
      available: agents.map((one) => ({ name: one.name, item: toHandOff(one) })),
    }),
  ]
  return { tools: parts.flatMap(({ items }) => items), problems: parts.flatMap(({ problems }) => problems) }
}

function selectBy<T>(
  { name: self, file }: AgentDefinition,
  { setting, globs, available }: Selection<T>,
): { readonly items: readonly T[]; readonly problems: readonly Problem[] } {
  const others = available.filter(({ name }) => name !== self)
  const matchers = globs.map((glob) => ({ glob, ...toMatcher(glob.pattern) }))

  const selected = others.filter(({ name }) => isSelected(name, matchers))

  const warn = (line: number, message: string): Problem => ({ file, line, message, severity: 'warning' })
  const names = others.map(({ name }) => name)
  const problems = matchers
    .filter(({ matches }) => !names.some((name) => matches(name)))
    .map(({ glob, matches }) => warn(glob.line, describeIdle(glob, { setting, isSelf: matches(self), names })))
  const [first] = globs
  if (first && matchers.every(({ takesOut }) => takesOut))
    problems.push(
      warn(first.line, `'${setting}' only takes ${NOUNS[setting]}s out, so the agent has none. Begin with "*".`),
    )
  return { items: selected.map(({ item }) => item), problems }
}

const NOUNS = { tools: 'tool', agents: 'agent', handOffs: 'agent' } as const

function describeNames(names: readonly string[], noun: string): string {
  if (names.length === 0) return `It has no other ${noun}s.`
  const more = names.length - NAMES_SHOWN
  return `It has ${names.slice(0, NAMES_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`
}

function describeIdle(
  { pattern }: ToolGlob,
  {
    setting,
    isSelf,
    names,
  }: { readonly setting: Selection<unknown>['setting']; readonly isSelf: boolean; readonly names: readonly string[] },
): string {
  const noun = NOUNS[setting]
  if (isSelf) return `The glob '${pattern}' matches only the agent itself, which is never its own ${noun}.`
  const meant = closestName(pattern, names)
  const hint = meant ? `Did you mean '${meant}'?` : describeNames(names, noun)
  return `The glob '${pattern}' matches no ${noun} of the project. ${hint}`
}
