import {
  Client,
  type ClientCapabilities,
  type CreateMessageRequest,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client'
import { z } from 'zod'
import { playTurn } from '../../crash-project/driver/script.ts'
import { ABLE, ASKABLE } from '../wire-modern.ts'
import type { Call, Content, Driver, MatrixClient, Reach } from './driver.ts'
import { plainTools, type ToolResult, textOf } from './plain-tools.ts'

interface Task {
  readonly taskId: string
  readonly status: string
  readonly result?: ToolResult
}

/** The SDK's client, version 2, as it comes: it is asked in rounds of a call, and has no words for tasks. */
export async function connectSdkV2({ served, headers }: Reach): Promise<MatrixClient> {
  const open = new Set<Client>()
  const connect = async (capabilities: object): Promise<Client> => {
    const client = new Client(
      { name: 'sdk-v2', version: '1.0.0' },
      { capabilities: capabilities as ClientCapabilities, versionNegotiation: { mode: 'auto' } },
    )
    const fetch = served.client('modern')()
    await client.connect(new StreamableHTTPClientTransport(served.url, { fetch, requestInit: { headers } }))
    open.add(client)
    return client
  }
  const close = async () => {
    await Promise.all([...open].map((client) => client.close()))
    open.clear()
  }
  const callWith = async (client: Client, { name, args }: Call) =>
    (await client.callTool({ name, arguments: args as never })) as ToolResult

  const askable = async (content: Content = {}) => {
    const client = await connect(ASKABLE)
    client.setRequestHandler('elicitation/create', async () => ({ action: 'accept', content: { ...content } }))
    client.setRequestHandler(
      'sampling/createMessage',
      async ({ params }: CreateMessageRequest) => playTurn(params as never) as never,
    )
    return client
  }
  /** Requests about tasks, of which it has no types. */
  const ask = async <Result>(method: string, params: Readonly<Record<string, unknown>>): Promise<Result> =>
    (await (await connect(ABLE)).request({ method, params }, z.looseObject({}))) as Result
  const look = (taskId: string) => ask<Task>('tasks/get', { taskId })
  const result = async (taskId: string): Promise<string> => {
    for (;;) {
      const { status, result } = await look(taskId)
      if (result !== undefined) return textOf(result)
      if (status === 'failed' || status === 'cancelled') throw new Error(`The task has ${status}.`)
    }
  }
  const own: Driver = {
    submit: async (call) => {
      const result = await callWith(await connect(ABLE), call)
      throw new Error(`It should have been a task, and is a result: ${textOf(result)}`)
    },
    status: async (taskId) => (await look(taskId)).status,
    elicit: async (call, content) => textOf(await callWith(await askable(content), call)),
    sample: async (call) => textOf(await callWith(await askable(), call)),
    cancel: (taskId) => ask('tasks/cancel', { taskId }),
    list: async () => (await ask<{ tasks: readonly Task[] }>('tasks/list', {})).tasks.map(({ taskId }) => taskId),
    result,
    answer: async (taskId, content) => {
      await ask('tasks/update', { taskId, inputResponses: { name: { action: 'accept', content } } })
      return result(taskId)
    },
  }
  let plain = await connect({})
  const { submit, list } = plainTools((call) => callWith(plain, call))
  return {
    own,
    plain: { ...own, submit, list },
    restart: async () => {
      await close()
      plain = await connect({})
    },
    close,
  }
}
