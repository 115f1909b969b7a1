import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  InMemoryTaskMessageQueue,
  InMemoryTaskStore,
} from '@modelcontextprotocol/sdk/experimental/tasks/stores/in-memory.js'
import {
  type ClientCapabilities,
  type CreateMessageRequest,
  CreateMessageRequestSchema,
  type ElicitRequest,
  ElicitRequestSchema,
  type Result,
  type Task,
} from '@modelcontextprotocol/sdk/types.js'

type Params = ElicitRequest['params'] | CreateMessageRequest['params']

/** A task of the client, in which it keeps a question. */
export interface Kept {
  readonly task: Task
  readonly params: Params
  /** Ends the task, and says so to the server. */
  end(status: 'completed' | 'failed', result: Result): Promise<void>
  cancel(): Promise<void>
  /** As if its ttl were over. */
  forget(): void
  status(): Promise<Task['status'] | undefined>
}

export interface HostingOptions {
  readonly url: URL
  readonly fetch: typeof fetch
  readonly headers: Record<string, string>
  readonly requests?: NonNullable<ClientCapabilities['tasks']>['requests']
  /** Whether the client has a queue for messages of tasks, too: then it knows no other tasks than its own. */
  readonly hasQueue?: boolean
  readonly pollInterval?: number
  /** What it does with a question that it keeps. */
  readonly onKept: (kept: Kept) => void
  /** What it says at once, where it is not offered to keep the question, or does not want to. */
  readonly onAsked?: (params: Params) => Result
  readonly ignoresTasks?: boolean
}

const BOTH = { sampling: { createMessage: {} }, elicitation: { create: {} } }

/** A client of the SDK, version 1, that keeps questions in tasks of its own (its experimental tasks). */
export async function connectHostingClient(options: HostingOptions): Promise<Client> {
  const { url, fetch, headers, requests = BOTH, hasQueue = false, pollInterval = 50, onKept, onAsked } = options
  const taskStore = new InMemoryTaskStore()
  const client = new Client(
    { name: 'hosting', version: '1.0.0' },
    {
      capabilities: { sampling: { tools: {} }, elicitation: {}, tasks: { list: {}, cancel: {}, requests } },
      taskStore,
      ...(hasQueue && { taskMessageQueue: new InMemoryTaskMessageQueue() }),
    },
  )
  for (const schema of [ElicitRequestSchema, CreateMessageRequestSchema]) {
    client.setRequestHandler(schema, async ({ params }, { taskStore: store }) => {
      if (!params.task || !store || options.ignoresTasks) return onAsked?.(params) ?? {}
      const { ttl } = params.task
      const task = await store.createTask({ ...(ttl !== undefined && { ttl }), pollInterval })
      const { taskId } = task
      onKept({
        task,
        params,
        end: (status, result) => store.storeTaskResult(taskId, status, result),
        cancel: () => store.updateTaskStatus(taskId, 'cancelled', 'The person closed it.'),
        forget: () => taskStore.cleanup(),
        status: async () => (await taskStore.getTask(taskId))?.status,
      })
      return { task }
    })
  }
  const listening = Promise.withResolvers<void>()
  const noting: typeof globalThis.fetch = async (address, init) => {
    const response = await fetch(address, init)
    if (init?.method === 'GET') listening.resolve()
    return response
  }
  await client.connect(new StreamableHTTPClientTransport(url, { fetch: noting, requestInit: { headers } }))
  // A question that is asked before is not on its stream, but on that of tasks/result alone.
  await listening.promise
  return client
}
