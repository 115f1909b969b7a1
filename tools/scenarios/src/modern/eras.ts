import { expect, test } from 'vitest'
import { VERSION, WireModern } from '../wire-modern.ts'
import { WireSession } from '../wire-session.ts'
import type { World } from '../world.ts'
import { submit } from './tasks.ts'

const VERSION_KEY = 'io.modelcontextprotocol/protocolVersion'
const CAPABILITIES_KEY = 'io.modelcontextprotocol/clientCapabilities'
const CLIENT_KEY = 'io.modelcontextprotocol/clientInfo'

/** Which era a request is of, on the one endpoint that serves both. */
export function eras(world: World): void {
  test('serves clients with sessions and clients without at once [D1]', async () => {
    const modern = new WireModern(world, { capabilities: {} })
    const session = await WireSession.open(world)
    const call = { name: 'greet', arguments: { name: 'Ann' } }
    const [first, second] = await Promise.all([modern.result('tools/call', call), session.result('tools/call', call)])
    expect(first).toMatchObject({ resultType: 'complete', content: [{ text: 'Hello, Ann!' }] })
    expect(second).toEqual({ content: [{ type: 'text', text: 'Hello, Ann!' }] })
  })

  test('takes a request for one of this era by what it says of itself, whatever session it names [D1 D2 D7]', async () => {
    const modern = new WireModern(world)
    const session = await WireSession.open(world)
    for (const id of [session.id, 'none', '']) {
      const headers = { 'mcp-session-id': id, 'last-event-id': 'x' }
      const reply = await modern.ask('tools/list', {}, { headers })
      expect(reply.status).toBe(200)
      expect(reply.headers.has('mcp-session-id')).toBe(false)
      expect(reply.message.result).toMatchObject({ resultType: 'complete' })
    }
  })

  test.each(['v999.0.0', '2027-01-01', '1', '2025-11-25', ''])(
    'refuses revision %j where header and body agree on it, and names those that there are [D2 D4 D5]',
    async (version) => {
      const modern = new WireModern(world)
      const asking = { headers: { 'mcp-protocol-version': version }, meta: { [VERSION_KEY]: version } }
      const { status, code, data } = await modern.error('tools/list', {}, asking)
      expect([status, code, data]).toEqual([400, -32022, { supported: [VERSION], requested: version }])
    },
  )

  test('tells that header and body disagree before it tells that neither is served [D4]', async () => {
    const modern = new WireModern(world)
    for (const [header, body] of [
      [VERSION, 'v999.0.0'],
      ['v999.0.0', VERSION],
      [undefined, 'v999.0.0'],
      ['2025-11-25', VERSION],
    ]) {
      const asking = { headers: { 'mcp-protocol-version': header }, meta: { [VERSION_KEY]: body } }
      const { status, code } = await modern.error('tools/list', {}, asking)
      expect([status, code]).toEqual([400, -32020])
    }
  })

  test.each([
    { what: 'no protocolVersion', meta: { [VERSION_KEY]: undefined } },
    { what: 'a protocolVersion that is no text', meta: { [VERSION_KEY]: 7 } },
    { what: 'no clientCapabilities', meta: { [CAPABILITIES_KEY]: undefined } },
    { what: 'clientCapabilities that are no object', meta: { [CAPABILITIES_KEY]: 'all' } },
    { what: 'a clientInfo without a name', meta: { [CLIENT_KEY]: { version: '1' } } },
  ])('refuses a request whose header is of this era and whose _meta has $what [D4]', async ({ meta }) => {
    const modern = new WireModern(world)
    const { status, code, message } = await modern.error('tools/list', {}, { meta })
    expect([status, code]).toEqual([400, -32602])
    expect(message).toContain(Object.keys(meta)[0])
  })

  test('refuses a request of this era without _meta, and never takes it for one of the other [D4]', async () => {
    const modern = new WireModern(world)
    const session = await WireSession.open(world)
    for (const params of [undefined, {}, { _meta: {} }, { _meta: null }, { _meta: [] }]) {
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params })
      const headers = { 'mcp-protocol-version': VERSION, 'mcp-session-id': session.id }
      const { status, message } = await modern.post(body, { headers })
      expect([status, message.error?.code]).toEqual([400, -32602])
    }
  })

  test('serves a client that does not say who it is [D4]', async () => {
    const modern = new WireModern(world)
    const result = await modern.result('tools/list', {}, { meta: { [CLIENT_KEY]: undefined } })
    expect(result).toMatchObject({ resultType: 'complete' })
  })

  test.each([
    'initialize',
    'ping',
    'logging/setLevel',
    'resources/subscribe',
    'resources/unsubscribe',
    'tasks/result',
    'tasks/list',
    'toString',
    '__proto__',
    '',
  ])('has no method %j in this era [D3 U4 R25 F23]', async (method) => {
    const modern = new WireModern(world)
    for (const capabilities of [{}, undefined]) {
      const { status, code } = await modern.error(method, { taskId: 'x' }, { ...(capabilities && { capabilities }) })
      expect([status, code]).toEqual([404, -32601])
    }
  })

  test('never agrees on this revision with initialize [D5]', async () => {
    const { initialized } = await WireSession.open(world, { version: VERSION })
    expect(initialized.result).toMatchObject({ protocolVersion: '2025-11-25' })
    const { supportedVersions } = await new WireModern(world).result<{ supportedVersions: string[] }>('server/discover')
    expect(supportedVersions).toEqual([VERSION])
  })

  test('gives tasks of the extension to no session, which has tasks of its own [U6]', async () => {
    const capabilities = { extensions: { 'io.modelcontextprotocol/tasks': {} }, elicitation: {} }
    const session = await WireSession.open(world, { capabilities })
    expect(session.initialized.result).not.toHaveProperty('capabilities.extensions')
    const call = { name: 'divide', arguments: { a: 6, b: 3 } }
    expect(await session.result('tools/call', call)).toEqual({ content: [{ type: 'text', text: '2' }] })
    const { taskId } = await submit(new WireModern(world), 'divide', { a: 1, b: 1 })
    expect((await session.error('tasks/update', { taskId, inputResponses: {} })).code).toBe(-32601)
  })

  /** Each request is wrong in all that comes later, too: what is told is what comes first. */
  test('looks at what it is sent in the same order always [D6]', async () => {
    const alice = new WireModern(world, { capabilities: {} })
    const route = { name: 'route', arguments: { region: 'eu' } }
    const wrong = {
      origin: { origin: 'https://evil.example' },
      key: { authorization: 'Bearer wrong' },
      version: { 'mcp-protocol-version': '2027-01-01' },
      method: { 'mcp-method': 'tools/lost' },
      name: { 'mcp-name': 'rout' },
    }
    const ask = async (...faults: (keyof typeof wrong)[]) => {
      const headers = Object.assign({}, ...faults.map((fault) => wrong[fault]))
      const { message, status } = await alice.ask('tools/call', route, { headers })
      return [status, message.error?.code]
    }
    expect(await ask('origin', 'key', 'version', 'method', 'name')).toEqual([403, -31000])
    expect(await ask('key', 'version', 'method', 'name')).toEqual([401, -31000])
    expect(await ask('version', 'method', 'name')).toEqual([400, -32020])
    expect(await ask('method', 'name')).toEqual([400, -32020])
    expect(await ask('name')).toEqual([400, -32020])
    expect(await ask()).toEqual([400, -32020])
    const late = await alice.error('tasks/result', { taskId: 'x' }, { headers: { 'mcp-name': 'y' } })
    expect(late.code).toBe(-32601)
    const declared = await alice.error('tasks/get', { taskId: 7 })
    expect(declared.code).toBe(-32021)
  })
}
