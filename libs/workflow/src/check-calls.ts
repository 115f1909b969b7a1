import { closestName } from '@longhaul/project-files'
import type { JsonSchema, Problem } from '@longhaul/task'
import type { Template } from './template.ts'
import type { Step, ToolCall, Workflow } from './workflow.ts'

/** What a step can call. */
export interface Callable {
  readonly kind: 'tool' | 'agent'
  readonly name: string
  readonly inputSchema: JsonSchema
}

/** What is wrong with the calls of a workflow, given all that its project has. */
export function checkCalls({ file, steps }: Workflow, callables: readonly Callable[]): readonly Problem[] {
  const calls = steps.flatMap(({ action, undo }) => [...(isCall(action) ? [action] : []), ...(undo ? [undo] : [])])
  return calls.flatMap((call) => {
    const message = faultOf(call, callables)
    return message === undefined ? [] : [{ file, ...call.place, message, severity: 'error' as const }]
  })
}

export const isCall = (action: Step['action']): action is ToolCall => action.kind !== 'approval'

function faultOf({ kind, name, with: args }: ToolCall, callables: readonly Callable[]): string | undefined {
  const callable = callables.find((one) => one.kind === kind && one.name === name)
  if (callable) return faultOfArguments(callable, args)
  if (callables.some((one) => one.name === name))
    return `'${name}' is ${kind === 'tool' ? 'an agent: write agent' : 'a tool: write tool'}: ${name}.`
  const meant = closestName(
    name,
    callables.filter((one) => one.kind === kind).map((one) => one.name),
  )
  return `The project has no ${kind} '${name}'. ${meant ? `Did you mean '${meant}'?` : `Add it, or the server that has it to mcp.json.`}`
}

/** Their names; what expressions come to is known only when the call is made. */
function faultOfArguments({ name, inputSchema }: Callable, args: Template): string | undefined {
  const given = args.kind === 'map' ? args.entries.map(([key]) => key) : []
  const { properties, required, additionalProperties } = inputSchema
  const known = Object.keys(Object(properties))
  const missing = (Array.isArray(required) ? required.map(String) : []).filter((key) => !given.includes(key))
  if (missing.length > 0) return `'${name}' needs ${missing.join(', ')}: write it below with:.`
  const unknown = additionalProperties === false ? given.find((key) => !known.includes(key)) : undefined
  if (unknown === undefined) return undefined
  const meant = closestName(unknown, known)
  return `'${name}' takes no '${unknown}'. ${meant ? `Did you mean '${meant}'?` : `It takes ${known.join(', ') || 'nothing'}.`}`
}
