import { malformedInput } from '@longhaul/models'
import { compileSchema, SchemaError } from '@longhaul/schema'
import type { JsonObject, JsonSchema, ModelAnswer, ToolUse } from '@longhaul/task'
import type { AgentPlan } from './agent-plan.ts'
import type { AgentTool } from './agent-tool.ts'
import { closestName } from './closest-name.ts'

/** A call that can be made, or why it is not, in words that a model can act on. */
export type CheckedCall =
  | { readonly kind: 'fit'; readonly tool: AgentTool }
  | { readonly kind: 'refused'; readonly reason: string }
  /** The tool was offered, and is there no more: an earlier attempt may have been under way. */
  | { readonly kind: 'gone'; readonly reason: string }

export interface CallFacts {
  readonly plan: AgentPlan
  /** The tool of that name as it is now, if there is one. */
  readonly tool: AgentTool | undefined
  /** The turn that the call is in. */
  readonly answer: ModelAnswer
  /** The call of it that hands the conversation over. */
  readonly handOff: ToolUse | undefined
}

/** Whether a call that a model wrote can be made. */
export function checkToolCall(call: ToolUse, { plan, tool, answer, handOff }: CallFacts): CheckedCall {
  const { name, input } = call
  if (answer.stopReason === 'maxTokens') {
    return refuse(
      `Your turn was cut off at its limit of ${plan.maxTokens} tokens, and none of its calls was made. ` +
        'Say less in one turn, and make the calls again that you still want.',
    )
  }
  const names = plan.tools.map((offered) => offered.name)
  if (!names.includes(name)) {
    const meant = closestName(name, names)
    const hint = meant ? `Did you mean '${meant}'?` : 'Call one of the tools that you were given, by its exact name.'
    return refuse(`There is no tool '${name}'. ${hint}`)
  }
  if (plan.handOffs?.[name] !== undefined && call !== handOff)
    return refuse('The conversation was handed over by another call of this turn.')
  if (!tool) return { kind: 'gone', reason: `The tool '${name}' is not available any more.` }

  const malformed = malformedInput(call)
  if (malformed) return refuse(`The arguments of ${name} cannot be read: ${malformed.reason} Write the call again.`)
  const faults = faultsOf(input, tool.kind === 'durable' ? tool.tool.inputSchema : tool.inputSchema)
  if (faults.length > 0) {
    return refuse(
      `The arguments do not fit the input schema of ${name}: ${faults.join('; ')}. Correct them and call it again.`,
    )
  }
  return { kind: 'fit', tool }
}

const refuse = (reason: string): CheckedCall => ({ kind: 'refused', reason })

/** None where the schema itself cannot be used: then the tool is left to judge. */
function faultsOf(input: JsonObject, schema: JsonSchema): readonly string[] {
  try {
    return compileSchema(schema)(input)
  } catch (error) {
    if (error instanceof SchemaError) return []
    throw error
  }
}
