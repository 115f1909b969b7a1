import { modern, RPC, type RpcRequest } from '@longhaul/protocol'
import type { JsonObject, JsonSchema } from '@longhaul/task'
import type { Course } from './forwarded-request.ts'
import { type Http, messagesOf, type WireMessage } from './http.ts'
import { nameCall } from './name-call.ts'

/** A request that says everything about itself. Letting go of its stream cancels it (R27), and it is never resumed. */
export function modernCourse(http: Http, request: RpcRequest): Course {
  const body = JSON.stringify(nameCall(request))
  let paramHeaders: Readonly<Record<string, string>> | undefined
  return {
    send: (_resumeAfter, signal) =>
      http.send({ method: 'POST', headers: { ...modern.toRequestHeaders(request), ...paramHeaders }, body, signal }),
    review: async ({ error }) => {
      if (error?.code !== RPC.headerMismatch || request.method !== 'tools/call' || paramHeaders) return false
      paramHeaders = await findParamHeaders(http, request)
      return true
    },
    cancel: {
      late: async ({ result }) => {
        if (result?.resultType === 'task')
          await ask(http, { ...request, method: 'tasks/cancel' }, { taskId: result.taskId })
      },
    },
  }
}

/** The headers for its arguments that the tool of a call wants. Only the list of tools says which. */
async function findParamHeaders(http: Http, call: RpcRequest): Promise<Readonly<Record<string, string>>> {
  const { name, arguments: args } = call.params ?? {}
  const listed = await ask(http, { ...call, method: 'tools/list' }, {})
  const tools = (listed?.tools ?? []) as readonly { readonly name: string; readonly inputSchema: JsonSchema }[]
  const tool = tools.find((one) => one.name === name)
  return tool ? modern.toParamHeaders(tool.inputSchema, Object(args) as JsonObject) : {}
}

/** Asks something in the name of the client, with the `_meta` of its request. */
async function ask(http: Http, like: RpcRequest, params: object): Promise<WireMessage['result']> {
  const asked = { ...like, params: { ...params, _meta: like.params?._meta } } as RpcRequest
  const signal = AbortSignal.timeout(ASKED_WITHIN_MS)
  const headers = modern.toRequestHeaders(asked)
  const response = await http.send({ method: 'POST', headers, body: JSON.stringify(asked), signal })
  for await (const { message } of messagesOf(response)) if (message?.result) return message.result
  return undefined
}

/** What is asked beside a request is answered at once. */
const ASKED_WITHIN_MS = 10_000
