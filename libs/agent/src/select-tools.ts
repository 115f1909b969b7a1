import type { Problem } from '@longhaul/task'
import picomatch from 'picomatch'
import type { AgentDefinition, ToolGlob } from './agent-definition.ts'
import { type AgentTool, nameOf } from './agent-tool.ts'
import { closestName } from './closest-name.ts'

/** Names of tools that a warning lists; more would bury it. */
const NAMES_SHOWN = 10

/**
 * The tools that the agent may call, in the order in which they are available, and a warning for each glob that
 * matches none. An agent is never its own tool.
 */
export function selectTools(
  { name: self, file, tools: globs }: AgentDefinition,
  available: readonly AgentTool[],
): { readonly tools: readonly AgentTool[]; readonly problems: readonly Problem[] } {
  const others = available.filter((tool) => nameOf(tool) !== self)
  const matchers = globs.map((glob) => ({ glob, ...toMatcher(glob) }))

  const tools = others.filter((tool) => {
    const matching = matchers.filter(({ matches }) => matches(nameOf(tool)))
    return matching.length > 0 && matching.every(({ takesOut }) => !takesOut)
  })

  const warn = (line: number, message: string): Problem => ({ file, line, message, severity: 'warning' })
  const problems = matchers
    .filter(({ matches }) => !others.some((tool) => matches(nameOf(tool))))
    .map(({ glob, matches }) =>
      warn(glob.line, describeIdle(glob, { isSelf: matches(self), names: others.map(nameOf) })),
    )
  const [first] = globs
  if (first && matchers.every(({ takesOut }) => takesOut))
    problems.push(warn(first.line, `'tools' only takes tools out, so the agent has none. Begin with "*".`))
  return { tools, problems }
}

function describeNames(names: readonly string[]): string {
  if (names.length === 0) return 'It has no other tools.'
  const more = names.length - NAMES_SHOWN
  return `It has ${names.slice(0, NAMES_SHOWN).join(', ')}${more > 0 ? ` and ${more} more` : ''}.`
}

/** A leading `!` takes out, unless it begins an extended glob such as `!(a|b)`. */
function toMatcher({ pattern }: ToolGlob): { readonly takesOut: boolean; readonly matches: (name: string) => boolean } {
  const takesOut = /^![^(]/.test(pattern)
  return { takesOut, matches: picomatch(takesOut ? pattern.slice(1) : pattern, { dot: true, nonegate: true }) }
}

function describeIdle({ pattern }: ToolGlob, { isSelf, names }: { isSelf: boolean; names: readonly string[] }): string {
  if (isSelf) return `The glob '${pattern}' matches only the agent itself, which is never its own tool.`
  const meant = closestName(pattern, names)
  const hint = meant ? `Did you mean '${meant}'?` : describeNames(names)
  return `The glob '${pattern}' matches no tool of the project. ${hint}`
}
