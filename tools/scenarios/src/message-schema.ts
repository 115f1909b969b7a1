import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { WireMessage } from './message.ts'

const SCHEMA = new URL('../schema/2025-11-25.json', import.meta.url)

/** Result types by the method of the request; tools/call has two, by whether it asked for a task. */
const RESULTS: Readonly<Record<string, string>> = {
  initialize: 'InitializeResult',
  ping: 'EmptyResult',
  'tools/list': 'ListToolsResult',
  'tools/call': 'CallToolResult',
  'tools/call as a task': 'CreateTaskResult',
  'tasks/get': 'GetTaskResult',
  'tasks/result': 'GetTaskPayloadResult',
  'tasks/list': 'ListTasksResult',
  'tasks/cancel': 'CancelTaskResult',
}
const REQUESTS: Readonly<Record<string, string>> = {
  'sampling/createMessage': 'CreateMessageRequest',
  'elicitation/create': 'ElicitRequest',
}
const NOTIFICATIONS: Readonly<Record<string, string>> = {
  'notifications/progress': 'ProgressNotification',
  'notifications/tasks/status': 'TaskStatusNotification',
}

/** Every type of message that this server has, by its name in the schema. */
export const MESSAGE_TYPES: readonly string[] = [
  ...Object.values(RESULTS),
  'JSONRPCErrorResponse',
  ...Object.values(REQUESTS),
  ...Object.values(NOTIFICATIONS),
]

/**
 * Types whose members are all named in the schema. It lets others pass; from this server a member that the schema does
 * not know is one that leaked.
 */
const CLOSED = [
  'Task',
  'Tool',
  'ToolExecution',
  'ServerCapabilities',
  'InitializeResult',
  'ListToolsResult',
  'CallToolResult',
  'CreateTaskResult',
  'ListTasksResult',
  'JSONRPCErrorResponse',
  'JSONRPCResultResponse',
  'Error',
  'CreateMessageRequest',
  'CreateMessageRequestParams',
  'SamplingMessage',
  'ToolUseContent',
  'ToolResultContent',
  'ElicitRequest',
  'ElicitRequestFormParams',
  'ProgressNotification',
  'ProgressNotificationParams',
  'TaskStatusNotification',
]

interface Typed {
  readonly type: string
  /** What the schema objects to. */
  readonly faults: readonly string[]
}

/** The type of a server's message of 2025-11-25, and whether it fits. `answers`: what the request of a response asked. */
export type CheckMessage = (message: WireMessage, answers: string | undefined) => Typed

export function createCheckMessage(): CheckMessage {
  const { $schema: _, $defs } = JSON.parse(readFileSync(SCHEMA, 'utf8'))
  for (const type of CLOSED) $defs[type].additionalProperties = false
  $defs.EmptyResult = { type: 'object', properties: { _meta: { type: 'object' } }, additionalProperties: false }
  // What tasks/result answers has the type that the call would have had, and only calls are tasks here.
  $defs.GetTaskPayloadResult = { $ref: '#/$defs/CallToolResult' }
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
  ajv.addSchema({ $id: 'mcp', $defs })
  const compiled = new Map<string, ValidateFunction>()
  const check = (type: string, value: unknown): Typed => {
    const validate = compiled.get(type) ?? ajv.compile({ $ref: `mcp#/$defs/${type}` })
    compiled.set(type, validate)
    if (validate(value)) return { type, faults: [] }
    return { type, faults: [ajv.errorsText(validate.errors, { dataVar: type })] }
  }

  return (message, answers) => {
    const { method, error } = message
    if (method !== undefined) {
      const type = (message.id === undefined ? NOTIFICATIONS : REQUESTS)[method]
      return type ? check(type, message) : { type: method, faults: [`${method} is nothing that this server sends`] }
    }
    if (error !== undefined) return check('JSONRPCErrorResponse', message)
    const type = RESULTS[answers ?? '']
    if (!type) return { type: 'response', faults: [`a result where '${answers}' was asked`] }
    const envelope = check('JSONRPCResultResponse', message)
    const result = check(type, message.result)
    return { type, faults: [...envelope.faults, ...result.faults] }
  }
}
