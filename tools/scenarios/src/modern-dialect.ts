import { CLOSED_IN_BOTH, close, type Definitions, type Dialect, readDefinitions } from './message-schema.ts'

/** Result types by what the request asked and the result's `resultType`. */
const RESULTS: Readonly<Record<string, string>> = {
  'server/discover complete': 'DiscoverResult',
  'tools/list complete': 'ListToolsResult',
  'tools/call complete': 'CallToolResult',
  'tools/call input_required': 'InputRequiredResult',
  'tools/call with tasks complete': 'CallToolResult',
  'tools/call with tasks input_required': 'InputRequiredResult',
  'tools/call with tasks task': 'CreateTaskResult',
  'prompts/list complete': 'ListPromptsResult',
  'prompts/get complete': 'GetPromptResult',
  'prompts/get input_required': 'InputRequiredResult',
  'resources/list complete': 'ListResourcesResult',
  'resources/templates/list complete': 'ListResourceTemplatesResult',
  'resources/read complete': 'ReadResourceResult',
  'completion/complete complete': 'CompleteResult',
  'tasks/update complete': 'UpdateTaskResult',
  'tasks/cancel complete': 'CancelTaskResult',
  'subscriptions/listen complete': 'SubscriptionsListenResult',
}
const NOTIFICATIONS: Readonly<Record<string, string>> = {
  'notifications/progress': 'ProgressNotification',
  'notifications/message': 'LoggingMessageNotification',
  'notifications/subscriptions/acknowledged': 'SubscriptionsAcknowledgedNotification',
  'notifications/tools/list_changed': 'ToolListChangedNotification',
  'notifications/prompts/list_changed': 'PromptListChangedNotification',
  'notifications/resources/list_changed': 'ResourceListChangedNotification',
  'notifications/resources/updated': 'ResourceUpdatedNotification',
}
/** A task has other members in each status, in tasks/get and in notifications/tasks. */
const TASKS: Readonly<Record<string, string>> = {
  working: 'WorkingTask',
  input_required: 'InputRequiredTask',
  completed: 'CompletedTask',
  failed: 'FailedTask',
  cancelled: 'CancelledTask',
}
/** Errors that have a type of their own. */
const ERRORS: ReadonlyMap<number, string> = new Map([
  [-32020, 'HeaderMismatchError'],
  [-32021, 'MissingRequiredClientCapabilityError'],
  [-32022, 'UnsupportedProtocolVersionError'],
])

/** Results and notifications of the schema that this server does not send yet. */
export const NOT_SERVED: readonly string[] = [
  'CancelledNotification', // Over HTTP a stream just ends (R29).
]

/** Beside those of both eras. */
const CLOSED = [
  'CacheableResult',
  'DiscoverResult',
  'InputRequiredResult',
  'NotificationMetaObject',
  'SubscriptionFilter',
  'SubscriptionsAcknowledgedNotification',
  'SubscriptionsAcknowledgedNotificationParams',
  'SubscriptionsListenResult',
  'SubscriptionsListenResultMetaObject',
  'ToolListChangedNotification',
  'UpdateTaskResult',
  'CancelTaskResult',
]

/** MCP 2026-07-28 with the tasks extension. */
export function modernDialect(): Dialect {
  const $defs = { ...readDefinitions('ext-tasks'), ...readDefinitions('2026-07-28') }
  specify($defs)
  close($defs, [...CLOSED_IN_BOTH, ...CLOSED])
  return {
    revision: '2026-07-28 and its tasks extension',
    $defs,
    types: [
      ...new Set(Object.values(RESULTS)),
      ...Object.values(NOTIFICATIONS),
      ...Object.values(TASKS).flatMap((task) => [`${task}.result`, `${task}.notification`]),
      'JSONRPCErrorResponse',
      ...ERRORS.values(),
    ],
    typeOf: ({ method, id, params, result, error }, asked) => {
      const { status, resultType } = Object(params ?? result)
      if (method === 'notifications/tasks' && id === undefined) return `${TASKS[status]}.notification`
      if (method !== undefined) return id === undefined ? NOTIFICATIONS[method] : undefined
      if (error !== undefined) return ERRORS.get(error.code) ?? 'JSONRPCErrorResponse'
      return asked === 'tasks/get' ? `${TASKS[status]}.result` : RESULTS[`${asked} ${resultType}`]
    },
  }
}

/** What the schema leaves open and is not open here. */
function specify($defs: Definitions): void {
  const { Result, SubscriptionFilter, TaskSubscriptionNotifications, CompletedTask, InputRequiredTask } = $defs
  // Every type of result would have any member.
  delete Result?.additionalProperties
  // The extension adds a filter to those of the core.
  Object.assign(Object(SubscriptionFilter?.properties), TaskSubscriptionNotifications?.properties)
  // Only calls are tasks here, and a task that waits for nothing does not say that it does.
  Object.assign(Object(CompletedTask?.properties), { result: { $ref: '#/$defs/CallToolResult' } })
  Object.assign(Object(InputRequiredTask?.properties), {
    inputRequests: { $ref: '#/$defs/InputRequests', minProperties: 1 },
  })
  for (const task of Object.values(TASKS)) {
    const $ref = `#/$defs/${task}`
    $defs[`${task}.result`] = {
      allOf: [{ $ref: '#/$defs/Result' }, { $ref }],
      properties: { resultType: { const: 'complete' } },
      unevaluatedProperties: false,
    }
    $defs[`${task}.notification`] = {
      properties: {
        jsonrpc: { const: '2.0' },
        method: { const: 'notifications/tasks' },
        params: { allOf: [{ $ref: '#/$defs/NotificationParams' }, { $ref }], unevaluatedProperties: false },
      },
      required: ['jsonrpc', 'method', 'params'],
      unevaluatedProperties: false,
    }
  }
}
