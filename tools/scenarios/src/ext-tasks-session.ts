import { Client, type ClientCapabilities, StreamableHTTPClientTransport, type Tool } from '@modelcontextprotocol/client'
import {
  type ApplicationCreateMessageResult,
  type ApplicationElicitResult,
  type ApplicationInputRequest,
  createApplicationInputHandler,
  createTaskSessionFromClient,
  type RawClientDispatch,
  type TaskEnabledSession,
  toolDeclarationFromMcpTool,
} from '@modelcontextprotocol/ext-tasks/client'
import type { WireMessage } from './message.ts'
import { type Served, toReply } from './wire-http.ts'
import { ABLE, ASKABLE, VERSION } from './wire-modern.ts'
import type { Era } from './world.ts'

const CLIENT = { name: 'ext-tasks', version: '1.0.0' }

export interface ExtTasksOptions {
  readonly served: Served
  readonly era: Era
  readonly headers: Readonly<Record<string, string>>
  readonly elicit: (request: ApplicationInputRequest) => ApplicationElicitResult | Promise<ApplicationElicitResult>
  readonly sample: (
    request: ApplicationInputRequest,
  ) => ApplicationCreateMessageResult | Promise<ApplicationCreateMessageResult>
}

export interface ExtTasks {
  readonly client: Client
  readonly session: TaskEnabledSession
}

/**
 * The official client of the tasks extension, over the SDK's client, version 2. That finds the newer era by itself; for
 * the older one it is told to speak as older clients do.
 */
export async function openExtTasks(options: ExtTasksOptions): Promise<ExtTasks> {
  const { served, era, headers, elicit, sample } = options
  const fetch = served.client(era)()
  const client = new Client(CLIENT, {
    capabilities: (era === 'modern' ? ABLE : ASKABLE) as ClientCapabilities,
    versionNegotiation: { mode: era === 'modern' ? 'auto' : 'legacy' },
  })
  await client.connect(new StreamableHTTPClientTransport(served.url, { fetch, requestInit: { headers } }))
  const session = createTaskSessionFromClient(client, {
    endpointId: 'scenarios',
    ...(era === 'modern' ? modernFraming(served.url, fetch, headers) : await declaredTools(client)),
    onInputRequest: createApplicationInputHandler({
      elicitation: elicit,
      sampling: sample,
      roots: () => ({ roots: [] }),
    }),
  })
  return { client, session }
}

/** In the older era a tool says whether it can be a task. */
async function declaredTools(client: Client) {
  const tools = new Map<string, Tool>((await client.listTools()).tools.map((tool) => [tool.name, tool]))
  const currentTool = (name: string) => {
    const tool = tools.get(name)
    return tool && toolDeclarationFromMcpTool(tool)
  }
  return { tools: { currentTool } }
}

/** The SDK's client takes no task for the result of a call, so that these requests go past it, with all that they need. */
function modernFraming(url: URL, fetch: typeof globalThis.fetch, given: Readonly<Record<string, string>>) {
  let id = 0
  const rawDispatch: RawClientDispatch = async (request) => {
    id++
    const { method, params } = request as unknown as { method: string; params: Readonly<Record<string, unknown>> }
    const headers = {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'mcp-protocol-version': VERSION,
      'mcp-method': method,
      'mcp-name': String(params.taskId ?? params.name),
      ...given,
    }
    const body = { jsonrpc: '2.0', id: `raw ${id}`, method, params } satisfies WireMessage
    const { message } = await toReply(await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) }))
    return message.error
      ? { kind: 'error', error: message.error as never }
      : { kind: 'result', result: message.result as never }
  }
  const v2RequestFraming = { protocolVersion: VERSION, clientInfo: CLIENT, clientCapabilities: Object(ABLE) }
  return { rawDispatch, v2RequestFraming }
}
