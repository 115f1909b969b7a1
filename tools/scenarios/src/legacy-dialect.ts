import { CLOSED_IN_BOTH, close, type Dialect, readDefinitions } from './message-schema.ts'

/** Result types by the method of the request; tools/call has two, by whether it asked for a task. */
const RESULTS: Readonly<Record<string, string>> = {
  initialize: 'InitializeResult',
  ping: 'EmptyResult',
  'tools/list': 'ListToolsResult',
  'tools/call': 'CallToolResult',
  'tools/call as a task': 'CreateTaskResult',
  'prompts/list': 'ListPromptsResult',
  'prompts/get': 'GetPromptResult',
  'resources/list': 'ListResourcesResult',
  'resources/templates/list': 'ListResourceTemplatesResult',
  'resources/read': 'ReadResourceResult',
  'resources/subscribe': 'EmptyResult',
  'resources/unsubscribe': 'EmptyResult',
  'completion/complete': 'CompleteResult',
  'logging/setLevel': 'EmptyResult',
  'tasks/get': 'GetTaskResult',
  'tasks/result': 'GetTaskPayloadResult',
  'tasks/list': 'ListTasksResult',
  'tasks/cancel': 'CancelTaskResult',
}
const REQUESTS: Readonly<Record<string, string>> = {
  'sampling/createMessage': 'CreateMessageRequest',
  'elicitation/create': 'ElicitRequest',
  'roots/list': 'ListRootsRequest',
  'tasks/get': 'GetTaskRequest',
  'tasks/result': 'GetTaskPayloadRequest',
  'tasks/cancel': 'CancelTaskRequest',
}
const NOTIFICATIONS: Readonly<Record<string, string>> = {
  'notifications/progress': 'ProgressNotification',
  'notifications/tasks/status': 'TaskStatusNotification',
  'notifications/elicitation/complete': 'ElicitationCompleteNotification',
  'notifications/message': 'LoggingMessageNotification',
  'notifications/resources/updated': 'ResourceUpdatedNotification',
  'notifications/tools/list_changed': 'ToolListChangedNotification',
  'notifications/prompts/list_changed': 'PromptListChangedNotification',
  'notifications/resources/list_changed': 'ResourceListChangedNotification',
}

/** Beside those of both eras. */
const CLOSED = [
  'Task',
  'ToolExecution',
  'InitializeResult',
  'ListTasksResult',
  'ElicitationCompleteNotification',
  'TaskStatusNotification',
]

/** MCP 2025-11-25. */
export function legacyDialect(): Dialect {
  const $defs = readDefinitions('2025-11-25')
  close($defs, [...CLOSED_IN_BOTH, ...CLOSED])
  $defs.EmptyResult = { type: 'object', properties: { _meta: { type: 'object' } }, additionalProperties: false }
  // What tasks/result answers has the type that the call would have had, and only calls are tasks here.
  $defs.GetTaskPayloadResult = { $ref: '#/$defs/CallToolResult' }
  return {
    revision: '2025-11-25',
    $defs,
    types: [
      ...Object.values(RESULTS),
      'JSONRPCErrorResponse',
      ...Object.values(REQUESTS),
      ...Object.values(NOTIFICATIONS),
    ],
    typeOf: ({ method, id, error }, asked = '') => {
      if (method !== undefined) return (id === undefined ? NOTIFICATIONS : REQUESTS)[method]
      return error === undefined ? RESULTS[asked] : 'JSONRPCErrorResponse'
    },
  }
}
