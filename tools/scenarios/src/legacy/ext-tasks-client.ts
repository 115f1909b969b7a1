import { Client, type ClientCapabilities, StreamableHTTPClientTransport, type Tool } from '@modelcontextprotocol/client'
import {
  type ApplicationInputRequest,
  createApplicationInputHandler,
  createTaskSessionFromClient,
  resultFromTaskOutcome,
  type TaskEnabledSession,
  toolDeclarationFromMcpTool,
} from '@modelcontextprotocol/ext-tasks/client'
import { afterEach, expect, test } from 'vitest'
import { authorization, type World } from '../world.ts'

const CAPABILITIES: ClientCapabilities = { sampling: { tools: {} }, elicitation: {} }

/**
 * The official client of the tasks extension on a server of 2025-11-25, over the SDK's client, version 2, told
 * to speak as older clients do. It never calls tasks/result while a task asks, so it is asked on its
 * session stream.
 */
export function extTasksClient(world: World): void {
  const open: { close(): Promise<void> }[] = []
  afterEach(async () => {
    for (const one of open.splice(0).reverse()) await one.close()
  })

  const connect = async (): Promise<Client> => {
    const client = new Client(
      { name: 'sdk-v2', version: '1.0.0' },
      { capabilities: CAPABILITIES, versionNegotiation: { mode: 'legacy' } },
    )
    const requestInit = { headers: authorization('alice') }
    await client.connect(new StreamableHTTPClientTransport(world.url, { fetch: world.client('legacy')(), requestInit }))
    open.push(client)
    return client
  }

  const enter = async (asked: ApplicationInputRequest[] = []): Promise<TaskEnabledSession> => {
    const client = await connect()
    const tools = new Map<string, Tool>((await client.listTools()).tools.map((tool) => [tool.name, tool]))
    const session = createTaskSessionFromClient(client, {
      endpointId: 'scenarios',
      tools: {
        currentTool: (name) => {
          const tool = tools.get(name)
          return tool && toolDeclarationFromMcpTool(tool)
        },
      },
      onInputRequest: createApplicationInputHandler({
        elicitation: (request) => {
          asked.push(request)
          return { action: 'accept', content: { confirm: true } }
        },
        sampling: (request) => {
          asked.push(request)
          return { model: 'm', role: 'assistant', content: { type: 'text', text: 'a poem' } }
        },
        roots: () => ({ roots: [] }),
      }),
    })
    open.push(session)
    return session
  }

  test('agrees to the newest revision with initialize [R19]', async () => {
    const client = await connect()
    expect(client.getProtocolEra()).toBe('legacy')
    expect(client.getNegotiatedProtocolVersion()).toBe('2025-11-25')
    const result = await client.callTool({ name: 'add', arguments: { a: 1, b: 2 } })
    expect(result).toEqual({ content: [{ type: 'text', text: '{"sum":3}' }], structuredContent: { sum: 3 } })
  })

  test('submits, polls, answers on its session stream, and has the result [T9 T16 T27 T28]', async () => {
    const asked: ApplicationInputRequest[] = []
    const session = await enter(asked)
    const execution = await session.callTool('confirm', { filename: 'a.txt' }, { task: { preference: 'require' } })
    expect(execution.kind).toBe('task')
    const statuses: string[] = []
    const { outcome } = await execution.settle({
      onEvent: (event) => {
        if (event.type === 'task') statuses.push(event.task.status)
      },
    })
    expect(resultFromTaskOutcome(outcome)).toMatchObject({ content: [{ type: 'text', text: 'deleted a.txt' }] })
    expect(statuses.at(0)).toBe('working')
    expect(asked).toMatchObject([{ kind: 'elicitation', params: { message: 'Delete a.txt?' } }])
  })

  test('lends its model inside a task [T28 P1]', async () => {
    const session = await enter()
    const execution = await session.callTool('poet', { prompt: 'rain' }, { task: { preference: 'require' } })
    const { outcome } = await execution.settle()
    expect(resultFromTaskOutcome(outcome)).toMatchObject({ content: [{ type: 'text', text: 'a poem' }] })
  })

  test('answers the question of a plain call, which is no task to it [T27]', async () => {
    const asked: ApplicationInputRequest[] = []
    const session = await enter(asked)
    const execution = await session.callTool('confirm', { filename: 'b.txt' }, { task: { preference: 'forbid' } })
    expect(execution.kind).toBe('immediate')
    const { outcome } = await execution.settle()
    expect(resultFromTaskOutcome(outcome)).toMatchObject({ content: [{ type: 'text', text: 'deleted b.txt' }] })
    expect(asked).toHaveLength(1)
  })

  test('lists tasks, and takes one up again by its reference [T38 T43]', async () => {
    const session = await enter()
    const execution = await session.callTool('divide', { a: 6, b: 3 }, { task: { preference: 'require' } })
    if (execution.kind !== 'task') throw new Error('It must be a task.')
    const reference = execution.serializeReference()
    await execution.detach()
    const { tasks } = await session.listTasks()
    expect(tasks.map(({ taskId }) => taskId)).toContain(reference.taskId)

    const later = await enter()
    const { outcome } = await (await later.resumeTask(reference)).settle()
    expect(resultFromTaskOutcome(outcome)).toMatchObject({ content: [{ type: 'text', text: '2' }] })
  })

  test('cancels a task [T35]', async () => {
    const session = await enter()
    const execution = await session.callTool('slow', { ms: 60_000 }, { task: { preference: 'require' } })
    await execution.cancel()
    const { outcome } = await execution.settle()
    expect(outcome.status).toBe('cancelled')
  })

  test('tells a task that failed from one that completed [T34]', async () => {
    const session = await enter()
    const execution = await session.callTool('fails', {}, { task: { preference: 'require' } })
    const { outcome } = await execution.settle()
    expect(outcome).toMatchObject({ status: 'failed', error: { message: 'The disk is full.' } })
  })
}
