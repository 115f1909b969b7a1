import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { expect, test } from 'vitest'
import { browserFetch } from '../browser-fetch.ts'
import { VERSION } from '../wire-modern.ts'
import { authorization, PAGE_ORIGIN, type World } from '../world.ts'

/** Pages that call: the client of the SDK, version 2, in a browser. */
export function browser(world: World): void {
  const page: typeof fetch = (url, init) => browserFetch(world.client('modern')(), PAGE_ORIGIN)(url, init)

  test('serves a page, also where arguments are repeated in headers [Z15 R23 R24]', async () => {
    const client = new Client({ name: 'page', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })
    const trace = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=1' }
    const requestInit = { headers: { ...authorization('alice'), ...trace } }
    await client.connect(new StreamableHTTPClientTransport(world.url, { fetch: page, requestInit }))
    expect(client.getNegotiatedProtocolVersion()).toBe(VERSION)
    await client.listTools()
    const args = { region: 'größe', shard: 7 }
    const { content } = await client.callTool({ name: 'route', arguments: args })
    expect(content).toEqual([{ type: 'text', text: JSON.stringify(args) }])
    await client.close()
  })

  test('tells a page without a key that it needs one [Z15]', async () => {
    const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'server/discover' })
    const headers = { 'content-type': 'application/json', 'mcp-protocol-version': VERSION }
    const response = await page(world.url, { method: 'POST', headers, body })
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toBe('Bearer')
  })

  test('lets no page send what clients do not send [Z15]', async () => {
    const sending = page(world.url, { method: 'POST', headers: { 'x-anything': '1' }, body: '{}' })
    await expect(sending).rejects.toThrow('x-anything may not be sent')
    await expect(page(world.url, { method: 'PUT', body: '{}' })).rejects.toThrow('no PUT')
  })
}
