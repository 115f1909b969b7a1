import {
  CallToolRequestSchema,
  CancelTaskRequestSchema,
  CompleteRequestSchema,
  GetPromptRequestSchema,
  GetTaskPayloadRequestSchema,
  GetTaskRequestSchema,
  InitializeRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListTasksRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  SetLevelRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
} from '@modelcontextprotocol/sdk/types.js'
import type { z } from 'zod'
import { describeFaults } from '../faults.ts'
import { RPC, RpcError, type RpcRequest } from '../json-rpc.ts'

const SCHEMAS = {
  initialize: InitializeRequestSchema,
  'tools/list': ListToolsRequestSchema,
  'tools/call': CallToolRequestSchema,
  'prompts/list': ListPromptsRequestSchema,
  'prompts/get': GetPromptRequestSchema,
  'resources/list': ListResourcesRequestSchema,
  'resources/templates/list': ListResourceTemplatesRequestSchema,
  'resources/read': ReadResourceRequestSchema,
  'resources/subscribe': SubscribeRequestSchema,
  'resources/unsubscribe': UnsubscribeRequestSchema,
  'completion/complete': CompleteRequestSchema,
  'logging/setLevel': SetLevelRequestSchema,
  'tasks/get': GetTaskRequestSchema,
  'tasks/result': GetTaskPayloadRequestSchema,
  'tasks/list': ListTasksRequestSchema,
  'tasks/cancel': CancelTaskRequestSchema,
} as const
type Method = keyof typeof SCHEMAS

/** The params of a request of a known method. @throws RpcError -32602 that says what is wrong */
export function parseParams<M extends Method>(method: M, request: RpcRequest): z.infer<(typeof SCHEMAS)[M]>['params'] {
  const parsed = SCHEMAS[method].safeParse(request)
  if (parsed.success) return parsed.data.params as z.infer<(typeof SCHEMAS)[M]>['params']
  throw new RpcError(RPC.invalidParams, `Invalid params of ${method}: ${describeFaults(parsed.error)}.`)
}
