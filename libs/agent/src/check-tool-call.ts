import { malformedInput } from '@longhaul/models'
import { closestName } from '@longhaul/project-files'
import { compileSchema, SchemaError } from '@longhaul/schema'
import type { JsonObject, JsonSchema, ModelAnswer, ToolUse } from '@longhaul/task'
import { type AgentPlan, successorOf } from './agent-plan.ts'
import type { AgentTool } from './agent-tool.ts'

/** A call that can be made, or why it is not, in words that a model can act on. */
export type CheckedCall =
  | { readonly kind: 'fit'; readonly tool: AgentTool }
  | { readonly kind: 'refused'; readonly reason: string }
  /** The tool was offered, and is there no more: an earlier attempt may have been under way. */
  | { readonly kind: 'gone'; readonly reason: string }

export interface CallFacts {
  readonly plan: AgentPlan
  /** The turn that the call is in. */
  readonly answer: ModelAnswer
  /** Whether another call of the turn, before this one, hands the conversation over. */
  readonly isHandedOver: boolean
}

/**
 * Whether a call that a model wrote can be made.
 * @param tool the tool of that name as it is now, if there is one
 */
export function checkToolCall(call: ToolUse, facts: CallFacts, tool: AgentTool | undefined): CheckedCall {
  const reason = refusalOf(call, facts, tool && (tool.kind === 'durable' ? tool.tool : tool).inputSchema)
  if (reason !== undefined) return { kind: 'refused', reason }
  return tool ? { kind: 'fit', tool } : { kind: 'gone', reason: `The tool '${call.name}' is not available any more.` }
}

/**
 * Why a call is not made, in words for the model; undefined where it can be.
 * @param schema what its arguments have to fit, where that is known
 */
export function refusalOf(
  call: ToolUse,
  { plan, answer, isHandedOver }: CallFacts,
  schema: JsonSchema | undefined,
): string | undefined {
  const { name, input } = call
  if (answer.stopReason === 'maxTokens') {
    return (
      `Your turn was cut off at its limit of ${plan.maxTokens} tokens, and none of its calls was made. ` +
      'Say less in one turn, and make the calls again that you still want.'
    )
  }
  const names = plan.tools.map((offered) => offered.name)
  if (!names.includes(name)) {
    const meant = closestName(name, names)
    const hint = meant ? `Did you mean '${meant}'?` : 'Call one of the tools that you were given, by its exact name.'
    return `There is no tool '${name}'. ${hint}`
  }
  if (successorOf(plan, name) !== undefined && isHandedOver)
    return 'The conversation was handed over by another call of this turn.'

  const malformed = malformedInput(call)
  if (malformed) return `The arguments of ${name} cannot be read: ${malformed.reason} Write the call again.`
  const faults = schema ? faultsOf(input, schema) : []
  if (faults.length === 0) return undefined
  return `The arguments do not fit the input schema of ${name}: ${faults.join('; ')}. Correct them and call it again.`
}

/** None where the schema itself cannot be used: then the tool is left to judge. */
export function faultsOf(input: JsonObject, schema: JsonSchema): readonly string[] {
  try {
    return compileSchema(schema)(input)
  } catch (error) {
    if (error instanceof SchemaError) return []
    throw error
  }
}
