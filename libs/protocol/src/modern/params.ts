import { z } from 'zod'
import { describeFaults } from '../faults.ts'
import { RPC, RpcError, type RpcRequest } from '../json-rpc.ts'

/** Tasks, resources or questions that one request may name: each of them costs a look at the store. */
const MOST_NAMED = 1000

const CURSOR = z.looseObject({ cursor: z.string().optional() })
const OWNER = z.strictObject({ issuer: z.string(), subject: z.string(), tenant: z.string().optional() })
const TASK = z.looseObject({ taskId: z.string() })
const NAMED = z.array(z.string()).max(MOST_NAMED)
const INPUT_RESPONSES = z
  .record(z.string(), z.looseObject({}))
  .refine((responses) => Object.keys(responses).length <= MOST_NAMED, `expected at most ${MOST_NAMED} members`)

const ROUND = { inputResponses: INPUT_RESPONSES.optional(), requestState: z.string().optional() }
const STRINGS = z.record(z.string(), z.string())

/** Of methods that are ours, not MCP's. */
const OWN = {
  'longhaul/tasks/list': CURSOR.extend({ owner: OWNER.optional() }),
  'longhaul/tasks/asking': CURSOR,
  'longhaul/tasks/dead': z.looseObject({}),
  'longhaul/tasks/tree': TASK,
  'longhaul/tasks/get': TASK,
  'longhaul/tasks/events': z.looseObject({ taskId: z.string(), after: z.int().min(0).optional() }),
  'longhaul/tasks/answer': z.looseObject({ taskId: z.string(), question: z.string(), response: z.looseObject({}) }),
  'longhaul/tasks/cancel': z.looseObject({ taskId: z.string(), reason: z.string().max(1000).optional() }),
  'longhaul/tasks/pause': TASK,
  'longhaul/tasks/resume': TASK,
  'longhaul/tasks/steer': z.looseObject({ taskId: z.string(), message: z.string(), key: z.string().optional() }),
  'longhaul/tasks/retry': TASK,
} as const

const SCHEMAS = {
  ...OWN,
  'tools/list': CURSOR,
  'prompts/list': CURSOR,
  'resources/list': CURSOR,
  'resources/templates/list': CURSOR,
  'prompts/get': z.looseObject({ name: z.string(), arguments: STRINGS.optional(), ...ROUND }),
  'resources/read': z.looseObject({ uri: z.string(), ...ROUND }),
  'completion/complete': z.looseObject({
    ref: z.discriminatedUnion('type', [
      z.looseObject({ type: z.literal('ref/prompt'), name: z.string() }),
      z.looseObject({ type: z.literal('ref/resource'), uri: z.string() }),
    ]),
    argument: z.looseObject({ name: z.string(), value: z.string() }),
    context: z.looseObject({ arguments: STRINGS.optional() }).optional(),
  }),
  'tools/call': z.looseObject({
    name: z.string(),
    arguments: z.record(z.string(), z.unknown()).optional(),
    ...ROUND,
    _meta: z.looseObject({}).optional(),
  }),
  'tasks/get': TASK,
  'tasks/cancel': TASK,
  'tasks/update': z.looseObject({ taskId: z.string(), inputResponses: INPUT_RESPONSES }),
  'subscriptions/listen': z.looseObject({
    notifications: z.looseObject({
      toolsListChanged: z.boolean().optional(),
      promptsListChanged: z.boolean().optional(),
      resourcesListChanged: z.boolean().optional(),
      resourceSubscriptions: NAMED.optional(),
      taskIds: NAMED.optional(),
    }),
  }),
} as const
type Method = keyof typeof SCHEMAS

/** The params of a request of a known method. @throws RpcError -32602 that says what is wrong */
export function parseParams<M extends Method>(method: M, request: RpcRequest): z.infer<(typeof SCHEMAS)[M]> {
  const parsed = SCHEMAS[method].safeParse(request.params ?? {})
  if (parsed.success) return parsed.data as z.infer<(typeof SCHEMAS)[M]>
  throw new RpcError(RPC.invalidParams, `Invalid params of ${method}: ${describeFaults(parsed.error)}.`)
}
