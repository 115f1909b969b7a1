import { expect, test } from 'vitest'
import { ABLE, TASKS_EXTENSION, VERSION, WireModern } from '../wire-modern.ts'
import { WireSession } from '../wire-session.ts'
import { authorization, type World } from '../world.ts'
import { getTask, submit, UNKNOWN_TASK } from './tasks.ts'

interface Tool {
  readonly name: string
  readonly inputSchema: Readonly<Record<string, unknown>>
}

const base64 = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`

/** server/discover, tools/list, and what every request and response of the era has. */
export function requests(world: World): void {
  test('says what it serves, and nothing of the other era [F1 F2 F3 U1 F23]', async () => {
    expect(await new WireModern(world).result('server/discover')).toEqual({
      resultType: 'complete',
      supportedVersions: [VERSION],
      capabilities: {
        tools: { listChanged: true },
        prompts: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        completions: {},
        logging: {},
        extensions: { [TASKS_EXTENSION]: {} },
      },
      ttlMs: 30_000,
      cacheScope: 'private',
      _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'longhaul', version: expect.any(String) } },
    })
  })

  test('lists the same tools in the same order to everybody, at any coordinator, with no member of the other era [F3 F4 F8 R30]', async () => {
    const lists = await Promise.all(
      ([0, 1] as const).flatMap((at) =>
        [{}, ABLE].map((capabilities) => new WireModern(world, { capabilities }).result('tools/list', {}, { at })),
      ),
    )
    for (const list of lists) expect(list).toEqual(lists[0])
    const { tools, ...rest } = lists[0] as unknown as { tools: Tool[] }
    expect(rest).toMatchObject({ resultType: 'complete', ttlMs: 30_000, cacheScope: 'private' })
    const names = tools.map(({ name }) => name)
    expect(names).toEqual(names.toSorted())
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_.-]{1,128}$/)
    for (const tool of tools) expect(tool).not.toHaveProperty('execution')
  })

  test('hands on the schemas of tools as they were written, and checks arguments by all of them [F9 F10 F12]', async () => {
    const client = new WireModern(world, { capabilities: {} })
    const { tools } = await client.result<{ tools: Tool[] }>('tools/list')
    const schema = tools.find(({ name }) => name === 'route')?.inputSchema
    expect(schema).toMatchObject({
      $schema: 'https://json-schema.org/draft/2020-12/schema',
      properties: { pair: { prefixItems: [{ type: 'string' }, { type: 'number' }], items: false } },
      dependentRequired: { pair: ['shard'] },
      unevaluatedProperties: false,
    })
    const call = (args: object, headers = {}) =>
      client.result(
        'tools/call',
        { name: 'route', arguments: { region: 'eu', ...args } },
        { headers: { 'mcp-param-region': 'eu', ...headers } },
      )
    expect(await call({})).not.toHaveProperty('isError')
    for (const args of [{ pair: ['a', 1] }, { more: 1 }]) expect(await call(args)).toMatchObject({ isError: true })
    const shard = { 'mcp-param-shard': '3' }
    expect(await call({ shard: 3, pair: ['a', 1] }, shard)).not.toHaveProperty('isError')
    expect(await call({ shard: 3, pair: ['a', 1, 2] }, shard)).toMatchObject({ isError: true })
  })

  test.each(['x', ''])('refuses the cursor %j, which it never gave [F19]', async (cursor) => {
    expect(await new WireModern(world).error('tools/list', { cursor })).toMatchObject({ code: -32602 })
  })

  test('gives back the id of a request as it was, and knows nothing of other requests of that id [R30]', async () => {
    const client = new WireModern(world)
    for (const id of [0, -3, 9_007_199_254_740_991, '', '7', 'ü/"\\', 7, 7]) {
      expect((await client.ask('server/discover', {}, { id })).message.id).toBe(id)
    }
  })

  test.each([
    { what: 'a response', body: { jsonrpc: '2.0', id: 1, result: {} } },
    { what: 'a refusal', body: { jsonrpc: '2.0', id: 1, error: { code: -1, message: 'no' } } },
    { what: 'a batch', body: [{ jsonrpc: '2.0', id: 1, method: 'server/discover' }] },
    { what: 'an empty batch', body: [] },
  ])('refuses $what [R22]', async ({ body }) => {
    const headers = { 'mcp-protocol-version': VERSION }
    const { status, message } = await new WireModern(world).post(JSON.stringify(body), { headers })
    expect([status, message.error?.code]).toEqual([400, -32600])
  })

  test.each(['GET', 'DELETE'])('has no %s, whatever session it names [R22 D7]', async (method) => {
    const { id } = await WireSession.open(world)
    const headers = { ...authorization('alice'), 'mcp-protocol-version': VERSION, 'mcp-session-id': id }
    const response = await world.client('modern')()(world.url, { method, headers })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST'])
    await response.body?.cancel()
  })

  test.each(['notifications/cancelled', 'notifications/unheard_of'])(
    'takes %s without a word [R22 U30]',
    async (method) => {
      const client = new WireModern(world)
      const { taskId } = await submit(client, 'confirm', { filename: 'a' })
      const body = JSON.stringify({ jsonrpc: '2.0', method, params: { requestId: 1 } })
      const { status, text } = await client.post(body, { headers: { 'mcp-protocol-version': VERSION } })
      expect([status, text]).toEqual([202, ''])
      expect((await getTask(client, taskId)).status).not.toBe('cancelled')
    },
  )

  test.each([
    { what: 'no Mcp-Method', headers: { 'mcp-method': undefined } },
    { what: 'an Mcp-Method in other letters', headers: { 'mcp-method': 'Tools/Call' } },
    { what: 'no Mcp-Name', headers: { 'mcp-name': undefined } },
    { what: 'another Mcp-Name', headers: { 'mcp-name': 'add' } },
    { what: 'an Mcp-Name in other letters', headers: { 'mcp-name': 'Greet' } },
    { what: 'an Mcp-Name in Base64 that cannot be read', headers: { 'mcp-name': '=?base64?Z3JlZXQ?=' } },
    { what: 'an Mcp-Name in Base64 with another marker', headers: { 'mcp-name': '=?BASE64?Z3JlZXQ=?=' } },
    { what: 'no MCP-Protocol-Version', headers: { 'mcp-protocol-version': undefined } },
  ])('refuses a call that has $what [R23]', async ({ headers }) => {
    const client = new WireModern(world, { capabilities: {} })
    const call = { name: 'greet', arguments: { name: 'Ann' } }
    const { status, code } = await client.error('tools/call', call, { headers })
    expect([status, code]).toEqual([400, -32020])
  })

  test.each([
    { what: 'spaces around a value', headers: { 'mcp-name': '  greet\t', 'mcp-method': ' tools/call ' } },
    { what: 'a name in Base64', headers: { 'mcp-name': base64('greet') } },
    { what: 'headers in other letters', headers: { 'mcp-name': undefined, 'MCP-NAME': 'greet' } },
    { what: 'headers that mean nothing', headers: { 'mcp-param-region': 'eu' } },
  ])('takes $what [R23]', async ({ headers }) => {
    const client = new WireModern(world, { capabilities: {} })
    const call = { name: 'greet', arguments: { name: 'Ann' } }
    expect(await client.result('tools/call', call, { headers })).toMatchObject({ content: [{ text: 'Hello, Ann!' }] })
  })

  test.each(['tasks/get', 'tasks/update', 'tasks/cancel'])(
    'checks the Mcp-Name of %s where there is one [U37]',
    async (method) => {
      const client = new WireModern(world)
      const { taskId } = await submit(client, 'divide', { a: 1, b: 1 })
      const params = { taskId, inputResponses: {} }
      const refused = await client.error(method, params, { headers: { 'mcp-name': UNKNOWN_TASK } })
      expect([refused.status, refused.code]).toEqual([400, -32020])
      for (const name of [undefined, taskId, base64(taskId)]) {
        expect(await client.result(method, params, { headers: { 'mcp-name': name } })).toBeDefined()
      }
    },
  )

  const region = { 'mcp-param-region': 'eu' }
  test.each([
    { what: 'is missing', args: {}, headers: {} },
    { what: 'says something else', args: {}, headers: { 'mcp-param-region': 'us' } },
    { what: 'is there for no argument', args: {}, headers: { ...region, 'mcp-param-shard': '3' } },
    { what: 'is there for null', args: { shard: null }, headers: { ...region, 'mcp-param-shard': 'null' } },
    { what: 'is another number', args: { shard: 3 }, headers: { ...region, 'mcp-param-shard': '4' } },
    { what: 'is no number', args: { shard: 0 }, headers: { ...region, 'mcp-param-shard': '' } },
    { what: 'is another truth', args: { isDry: true }, headers: { ...region, 'mcp-param-dry': 'True' } },
    { what: 'is missing deep inside', args: { deep: { zone: 'a' } }, headers: region },
  ])('refuses a call in which a header that repeats an argument $what [R24]', async ({ args, headers }) => {
    const client = new WireModern(world, { capabilities: {} })
    const call = { name: 'route', arguments: { region: 'eu', ...args } }
    const { status, code } = await client.error('tools/call', call, { headers })
    expect([status, code]).toEqual([400, -32020])
  })

  test.each([
    { args: { shard: 3 }, headers: { ...region, 'mcp-param-shard': '3.0' } },
    { args: { isDry: false }, headers: { ...region, 'mcp-param-dry': 'false' } },
    { args: { deep: { zone: 'ü' } }, headers: { ...region, 'mcp-param-zone': base64('ü') } },
    { args: { deep: {} }, headers: { 'mcp-param-region': ` ${base64('eu')} ` } },
  ])('takes a call whose headers repeat its arguments: $headers [R24]', async ({ args, headers }) => {
    const client = new WireModern(world, { capabilities: {} })
    const call = { name: 'route', arguments: { region: 'eu', ...args } }
    expect(await client.result('tools/call', call, { headers })).not.toHaveProperty('isError')
  })

  test('reads names as long as headers may be, and turns longer ones away [R31]', async () => {
    const client = new WireModern(world, { capabilities: {} })
    const name = 'x'.repeat(8000)
    expect(await client.error('tools/call', { name })).toMatchObject({ code: -32602, message: `Unknown tool: ${name}` })
    const tooLong = await client.ask('tools/call', { name: 'x'.repeat(100_000) })
    expect(tooLong.status).toBe(431)
  })

  test('takes a requestState that no header could carry, as it comes in the body [R31 P16]', async () => {
    const client = new WireModern(world, { capabilities: {} })
    const call = { name: 'greet', arguments: { name: 'Ann' }, requestState: 'x'.repeat(30_000) }
    expect(await client.error('tools/call', call)).toMatchObject({ code: -32602 })
  })

  test('ignores what it does not know in _meta and params [F7 U5]', async () => {
    const client = new WireModern(world, { capabilities: {} })
    const meta = { 'example.org/mine': { a: 1 } }
    const call = { name: 'greet', arguments: { name: 'Ann' }, task: { ttl: 1 }, more: true }
    const result = await client.result('tools/call', call, { meta })
    expect(result).toMatchObject({ resultType: 'complete', content: [{ text: 'Hello, Ann!' }] })
    expect(Object.keys(Object(result._meta))).toEqual(['io.modelcontextprotocol/serverInfo'])
  })
}
