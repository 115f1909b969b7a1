import { startTestStore, type TestStore } from '@longhaul/testbed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCoordinator, openWorker, type TestCoordinator, type TestWorker } from '../../test/coordinator.ts'
import { ModernClient, TASKS, VERSION } from '../../test/modern-client.ts'

let store: TestStore
let coordinator: TestCoordinator
let worker: TestWorker
let client: ModernClient
beforeAll(async () => {
  store = await startTestStore()
  worker = await openWorker(store.url)
  coordinator = await openCoordinator(store.url)
  client = new ModernClient(coordinator.address)
})
afterAll(async () => {
  await coordinator.close()
  await worker.close()
  await store.stop()
})

const SERVER = { 'io.modelcontextprotocol/serverInfo': { name: 'longhaul', version: '0.1.0' } }

test('server/discover says what is served, and nothing of other eras [F1 U1]', async () => {
  const { status, body } = await client.ask('server/discover', {}, { id: 'd' })
  expect(status).toBe(200)
  expect(body).toEqual({
    jsonrpc: '2.0',
    id: 'd',
    result: {
      resultType: 'complete',
      supportedVersions: ['2026-07-28'],
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        completions: {},
        logging: {},
        extensions: { 'io.modelcontextprotocol/tasks': {} },
      },
      ttlMs: 30_000,
      cacheScope: 'private',
      _meta: SERVER,
    },
  })
})

test('tools/list is one page, in order, without members of the older era [F3 F4]', async () => {
  const { body } = await client.ask('tools/list')
  expect(body.result).toMatchObject({ resultType: 'complete', ttlMs: 30_000, cacheScope: 'private', _meta: SERVER })
  expect(body.result.tools.map((tool: { name: string }) => tool.name)).toEqual([
    'asks_first',
    'look',
    'only_plain',
    'only_task',
    'thinker',
  ])
  expect(body.result.tools[1]).toEqual({
    name: 'look',
    description: 'Looks.',
    inputSchema: { type: 'object', properties: { at: { type: 'string' } } },
  })
  expect((await client.ask('tools/list', { cursor: 'x' })).body.error).toEqual({
    code: -32602,
    message: 'Invalid cursor. Pass the nextCursor of a previous page, or none.',
  })
})

test('a notification is taken without a word', async () => {
  const headers = { 'mcp-protocol-version': VERSION }
  const body = { jsonrpc: '2.0', method: 'notifications/whatever', params: {} }
  expect(await coordinator.call({ headers, body })).toMatchObject({ status: 202, body: undefined })
})

describe('a request is refused', () => {
  const refused = async (answer: ReturnType<ModernClient['ask']>) => {
    const { status, body } = await answer
    return [status, body.error.code, body.error.message]
  }

  test.each([
    [
      { 'io.modelcontextprotocol/clientCapabilities': undefined },
      'clientCapabilities: expected object, received undefined',
    ],
    [{ 'io.modelcontextprotocol/clientInfo': {} }, 'clientInfo.name: expected string, received undefined'],
    [{ 'io.modelcontextprotocol/logLevel': 'loud' }, 'logLevel: expected one of "debug"|"info"|"notice"|"warning"'],
    [{ progressToken: 1.5 }, 'progressToken: expected an integer, or a string of moderate length'],
  ])('with 400 and -32602 when its _meta has %j', async (meta, fault) => {
    const [status, code, message] = await refused(client.ask('tools/list', {}, { meta }))
    expect([status, code]).toEqual([400, -32602])
    expect(message).toContain(fault)
  })

  test('with 400 and -32602 when only its header is of this era', async () => {
    const headers = { 'mcp-protocol-version': VERSION, 'mcp-method': 'tools/list' }
    const answer = coordinator.call({ headers, body: { jsonrpc: '2.0', id: 1, method: 'tools/list' } })
    expect(await refused(answer)).toEqual([
      400,
      -32602,
      'Invalid params of tools/list: _meta: expected object, received undefined.',
    ])
  })

  test.each([
    [{ 'mcp-protocol-version': undefined }, 'MCP-Protocol-Version is missing; it must say "2026-07-28"'],
    [{ 'mcp-protocol-version': '2025-11-25' }, 'MCP-Protocol-Version says "2025-11-25", and the body "2026-07-28"'],
    [{ 'mcp-method': undefined }, 'Mcp-Method is missing; it must say "tools/call"'],
    [{ 'mcp-method': 'Tools/call' }, 'Mcp-Method says "Tools/call", and the body "tools/call"'],
    [{ 'mcp-name': undefined }, 'Mcp-Name is missing; it must say "look"'],
    [{ 'mcp-name': 'lock' }, 'Mcp-Name says "lock", and the body "look"'],
    [{ 'mcp-name': '=?base64?bG9vaw=?=' }, 'Mcp-Name has Base64 that cannot be read'],
  ])('with 400 and -32020 when its headers have %j [R23]', async (headers, fault) => {
    expect(await refused(client.ask('tools/call', { name: 'look' }, { headers }))).toEqual([
      400,
      -32020,
      `Header mismatch: ${fault}.`,
    ])
  })

  test.each(['2027-01-01', 'v999.0.0'])('with 400 and -32022 when all of it says %s', async (version) => {
    const { status, body } = await client.ask(
      'tools/list',
      {},
      { headers: { 'mcp-protocol-version': version }, meta: { 'io.modelcontextprotocol/protocolVersion': version } },
    )
    expect([status, body.error]).toEqual([
      400,
      {
        code: -32022,
        message: `Unsupported protocol version ${version}; data.supported are served.`,
        data: { supported: ['2026-07-28'], requested: version },
      },
    ])
  })

  test.each([
    'initialize',
    'ping',
    'logging/setLevel',
    'resources/subscribe',
    'tasks/result',
    'tasks/list',
    'toString',
  ])('with 404 and -32601 when it is %s', async (method) => {
    const answer = client.ask(method, {}, { capabilities: TASKS })
    expect(await refused(answer)).toEqual([404, -32601, `Method not found: ${method}`])
  })

  test.each(['tasks/get', 'tasks/update', 'tasks/cancel'])(
    'with 400 and -32021 when it is %s and does not declare tasks, whatever its params [U4]',
    async (method) => {
      const { status, body } = await client.ask(method, {}, { capabilities: { tasks: {} } })
      expect([status, body.error.code, body.error.data]).toEqual([400, -32021, { requiredCapabilities: TASKS }])
    },
  )

  test('with 400 when it is a response, or several messages', async () => {
    const headers = { 'mcp-protocol-version': VERSION }
    for (const body of [{ jsonrpc: '2.0', id: 1, result: {} }, []]) {
      const answer = await coordinator.call({ headers, body })
      expect([answer.status, answer.body.error.code]).toEqual([400, -32600])
    }
  })
})

test('a name that no header can carry comes in Base64', async () => {
  const name = 'größe'
  const encoded = `=?base64?${Buffer.from(name).toString('base64')}?=`
  const { body } = await client.ask('tools/call', { name }, { headers: { 'mcp-name': encoded } })
  expect(body.error).toEqual({ code: -32602, message: 'Unknown tool: größe' })
})
