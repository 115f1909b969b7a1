import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { WireMessage } from './message.ts'

/** A type of the schema. */
type Definition = Record<string, unknown>
export type Definitions = Record<string, Definition>

/** What a revision of the protocol has the server say. */
export interface Dialect {
  readonly revision: string
  readonly $defs: Definitions
  /** Every type of message that this server sends, by its name in `$defs`. */
  readonly types: readonly string[]
  /** The type of a message, or undefined where the server sends no such thing. `asked`: what its request asked. */
  typeOf(message: WireMessage, asked: string | undefined): string | undefined
}

export const readDefinitions = (schema: string): Definitions =>
  JSON.parse(readFileSync(new URL(`../schema/${schema}.json`, import.meta.url), 'utf8')).$defs

/**
 * Closes types whose members are all named in the schema. It lets others pass; from this server a member that the schema
 * does not know is one that leaked.
 */
export function close($defs: Definitions, types: readonly string[]): void {
  for (const type of types) Object.assign($defs[type] ?? {}, { unevaluatedProperties: false })
}

/** Types that both eras have, and close. */
export const CLOSED_IN_BOTH = [
  'Annotations',
  'CallToolResult',
  'CompleteResult',
  'CreateMessageRequest',
  'CreateMessageRequestParams',
  'CreateTaskResult',
  'ElicitRequest',
  'ElicitRequestFormParams',
  'ElicitRequestURLParams',
  'Error',
  'GetPromptResult',
  'Icon',
  'JSONRPCErrorResponse',
  'JSONRPCResultResponse',
  'ListPromptsResult',
  'ListResourceTemplatesResult',
  'ListResourcesResult',
  'ListRootsRequest',
  'ListToolsResult',
  'LoggingMessageNotification',
  'LoggingMessageNotificationParams',
  'ProgressNotification',
  'ProgressNotificationParams',
  'Prompt',
  'PromptArgument',
  'PromptMessage',
  'ReadResourceResult',
  'Resource',
  'ResourceTemplate',
  'ResourceUpdatedNotification',
  'ResourceUpdatedNotificationParams',
  'SamplingMessage',
  'ServerCapabilities',
  'Tool',
  'ToolResultContent',
  'ToolUseContent',
]

interface Typed {
  readonly type: string
  /** What the schema objects to. */
  readonly faults: readonly string[]
}

/** The type of a server's message, and whether it fits. */
export type CheckMessage = (message: WireMessage, asked: string | undefined) => Typed

export function createCheckMessage({ $defs, typeOf }: Dialect): CheckMessage {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
  ajv.addSchema({ $id: 'mcp', $defs })
  const compiled = new Map<string, ValidateFunction>()
  const check = (type: string, value: unknown): Typed => {
    const validate = compiled.get(type) ?? ajv.compile({ $ref: `mcp#/$defs/${type}` })
    compiled.set(type, validate)
    if (validate(value)) return { type, faults: [] }
    return { type, faults: [ajv.errorsText(validate.errors, { dataVar: type })] }
  }

  return (message, asked) => {
    const type = typeOf(message, asked)
    if (type === undefined) {
      const what = message.method ?? `such a result where '${asked}' was asked`
      return { type: message.method ?? 'response', faults: [`${what} is nothing that this server sends`] }
    }
    if (message.result === undefined) return check(type, message)
    const envelope = check('JSONRPCResultResponse', message)
    const result = check(type, message.result)
    return { type, faults: [...envelope.faults, ...result.faults] }
  }
}
