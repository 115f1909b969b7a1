import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js'
import {
  type CallToolResult,
  CallToolResultSchema,
  type CreateMessageRequestParams,
  CreateMessageRequestSchema,
  type CreateMessageResultWithTools,
  CreateTaskResultSchema,
  ElicitRequestSchema,
  type ElicitResult,
} from '@modelcontextprotocol/sdk/types.js'
import { playTurn } from './script.ts'

/** Longest wait of a request; a failure is then told as such, before the test itself runs out of time. */
const TIMEOUT_MS = 50_000

export interface Asked {
  readonly method: 'sampling/createMessage' | 'elicitation/create'
  /** Id of the question in its task; each showing of it has a JSON-RPC id of its own. */
  readonly key: string
  readonly message: string
}

export interface ClientOptions {
  readonly url: URL
  readonly fetch: typeof fetch
  /** Absent: the client cannot be asked. */
  readonly elicit?: (message: string, key: string) => ElicitResult | Promise<ElicitResult>
  /** Without it the model follows the script of its prompt. */
  readonly sample?: (
    params: CreateMessageRequestParams,
    key: string,
  ) => CreateMessageResultWithTools | Promise<CreateMessageResultWithTools>
}

/** A client of the SDK with a model of its own. */
export interface CrashClient {
  /** Every question that it was shown, a second showing included. */
  readonly asked: readonly Asked[]
  /** Resolves when the question was shown. */
  shown(key: string): Promise<void>
  /** Calls a tool as a task. Resolves to the task's id. */
  submit(name: string, args: Record<string, unknown>): Promise<string>
  /** The end of a task, with its questions answered meanwhile. Rejects when it ends in an error. */
  result(taskId: string): Promise<Result>
  /** Calls a tool and waits, as a client without tasks does. */
  call(name: string, args: Record<string, unknown>): Promise<Result>
  status(taskId: string): Promise<string>
  cancel(taskId: string): Promise<string>
  /** Ids of the newest tasks. */
  list(): Promise<readonly string[]>
  close(): Promise<void>
}
export interface Result {
  readonly text: string
  readonly isError: boolean
}

export async function connectClient({ url, fetch, elicit, sample = playTurn }: ClientOptions): Promise<CrashClient> {
  const asked: Asked[] = []
  const watchers = new Set<() => void>()
  const note = (question: Asked) => {
    asked.push(question)
    for (const look of watchers) look()
  }
  const capabilities = { sampling: { tools: {} }, ...(elicit && { elicitation: {} }) }
  const client = new Client({ name: 'crash', version: '1' }, { capabilities })
  client.setRequestHandler(CreateMessageRequestSchema, async ({ method, params }, { requestId }) => {
    const key = keyOf(requestId)
    note({ method, key, message: '' })
    return sample(params, key)
  })
  if (elicit) {
    client.setRequestHandler(ElicitRequestSchema, async ({ method, params: { message } }, { requestId }) => {
      const key = keyOf(requestId)
      note({ method, key, message })
      return elicit(message, key)
    })
  }
  // Its types and those of the client disagree under exactOptionalPropertyTypes only.
  await client.connect(new StreamableHTTPClientTransport(url, { fetch }) as Transport)

  const options = { timeout: TIMEOUT_MS }
  return {
    asked,
    shown: (key) =>
      new Promise((resolve) => {
        const look = () => {
          if (!asked.some((question) => question.key === key)) return
          watchers.delete(look)
          resolve()
        }
        watchers.add(look)
        look()
      }),
    submit: async (name, args) => {
      const params = { name, arguments: args, task: { ttl: 60_000 } }
      const created = await client.request({ method: 'tools/call', params }, CreateTaskResultSchema, options)
      return created.task.taskId
    },
    result: (taskId) => toResult(client.experimental.tasks.getTaskResult(taskId, CallToolResultSchema, options)),
    call: (name, args) => {
      const request = { method: 'tools/call', params: { name, arguments: args } } as const
      return toResult(client.request(request, CallToolResultSchema, options))
    },
    status: async (taskId) => (await client.experimental.tasks.getTask(taskId)).status,
    cancel: async (taskId) => (await client.experimental.tasks.cancelTask(taskId)).status,
    list: async () => (await client.experimental.tasks.listTasks()).tasks.map(({ taskId }) => taskId),
    close: () => client.close(),
  }
}

/** The question's key: our requests have ids `<taskId>.<key>.<showing>`. */
const keyOf = (requestId: number | string): string => String(requestId).split('.').slice(1, -1).join('.')

function toResult(answer: Promise<CallToolResult>): Promise<Result> {
  const result = answer.then(({ content, isError = false }) => {
    const text = content.map((block) => (block.type === 'text' ? block.text : block.type)).join('\n')
    return { text, isError }
  })
  // A test looks at it later, or never when another one has failed.
  result.catch(() => {})
  return result
}
