import { z } from 'zod'
import { describeFaults } from '../faults.ts'
import { RPC, RpcError, type RpcRequest } from '../json-rpc.ts'

const CURSOR = z.looseObject({ cursor: z.string().optional() })
const TASK = z.looseObject({ taskId: z.string() })
const INPUT_RESPONSES = z.record(z.string(), z.looseObject({}))

const SCHEMAS = {
  'tools/list': CURSOR,
  'tools/call': z.looseObject({
    name: z.string(),
    arguments: z.record(z.string(), z.unknown()).optional(),
    inputResponses: INPUT_RESPONSES.optional(),
    requestState: z.string().optional(),
    _meta: z.looseObject({}).optional(),
  }),
  'tasks/get': TASK,
  'tasks/cancel': TASK,
  'tasks/update': z.looseObject({ taskId: z.string(), inputResponses: INPUT_RESPONSES }),
  'subscriptions/listen': z.looseObject({
    notifications: z.looseObject({
      toolsListChanged: z.boolean().optional(),
      taskIds: z.array(z.string()).optional(),
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
