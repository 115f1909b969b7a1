import { type ContentBlock, type JsonSchema, type PromptArgument, promptKey, text } from '@longhaul/task'
import type { z } from 'zod'
import { type AnySchema, parse, toCheckedSchema } from './any-schema.ts'
import { type Completers, checkCompleters, completionOf, listedValues } from './completion.ts'
import type { Context } from './context.ts'
import { type ExposedFacts, expose } from './expose.ts'
import type { Exposed } from './tool.ts'

type Parsed<Schema> = Schema extends z.ZodType ? z.infer<Schema> : Readonly<Record<string, string>>

export interface PromptMessage {
  readonly role: 'user' | 'assistant'
  readonly content: ContentBlock | string
}

/** What `execute` may return: text for one message of the user, messages, or those with a description. */
export type PromptOutput =
  | string
  | readonly PromptMessage[]
  | { readonly description?: string; readonly messages: readonly PromptMessage[] }

export interface PromptDefinition<Arguments extends AnySchema> extends ExposedFacts {
  /** 1 to 128 characters of A-Z a-z 0-9 _ - and dot; unique among the prompts of the project. */
  readonly name: string
  /** An object schema whose properties are strings: MCP has no other arguments of prompts. */
  readonly arguments?: Arguments
  /** For arguments by name; the values of an enum are offered anyway. */
  readonly complete?: Completers
  execute(args: Parsed<Arguments>, ctx: Context): PromptOutput | Promise<PromptOutput>
}

const NAME = /^[A-Za-z0-9_.-]{1,128}$/
const NO_ARGUMENTS: JsonSchema = { type: 'object', properties: {} }

/**
 * Defines a prompt.
 * @throws Error when the name, the arguments or the completion cannot be used
 */
export function definePrompt<Arguments extends AnySchema = JsonSchema>(
  definition: PromptDefinition<Arguments>,
): Exposed {
  const { name, complete = {} } = definition
  if (!NAME.test(name))
    throw new Error(`The prompt name '${name}' must be 1 to 128 characters of A-Z a-z 0-9 _ - and dot.`)
  const schema: AnySchema = definition.arguments ?? NO_ARGUMENTS
  const inputSchema = toCheckedSchema(schema, `${name}.arguments`)
  if (inputSchema.type !== 'object') throw new Error(`${name}.arguments must be an object schema (type: object).`)
  const args = toArguments(inputSchema, complete)
  checkCompleters(
    complete,
    args.map((argument) => argument.name),
    name,
  )
  const key = promptKey(name)
  return expose({
    key,
    as: { kind: 'prompt', name, arguments: args },
    facts: definition,
    inputSchema,
    beside: completionOf(key, complete, definition),
    run: async (given, ctx) =>
      toResult(await definition.execute(parse(schema, given, 'Invalid arguments') as Parsed<Arguments>, ctx)),
  })
}

function toArguments({ properties = {}, required = [] }: JsonSchema, complete: Completers): PromptArgument[] {
  const fields = Object.entries(properties as Readonly<Record<string, JsonSchema>>)
  return fields.map(([name, { title, description, enum: choices }]) => {
    const values = listedValues(complete, name) ?? (Array.isArray(choices) ? choices.map(String) : undefined)
    return {
      name,
      ...(typeof title === 'string' && { title }),
      ...(typeof description === 'string' && { description }),
      required: (required as readonly string[]).includes(name),
      ...(values && { values }),
    }
  })
}

function toResult(output: PromptOutput): object {
  if (typeof output === 'string') return { messages: [{ role: 'user', content: text(output) }] }
  const { messages, ...rest } = 'messages' in output ? output : { messages: output }
  return { ...rest, messages: messages.map(toMessage) }
}

const toMessage = ({ role, content }: PromptMessage) => ({
  role,
  content: typeof content === 'string' ? text(content) : content,
})
