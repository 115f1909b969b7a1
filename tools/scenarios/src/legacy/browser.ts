import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js'
import { expect, test } from 'vitest'
import { browserFetch } from '../browser-fetch.ts'
import { authorization, PAGE_ORIGIN, type World } from '../world.ts'

/** Pages that call: the client of the SDK, version 1, in a browser. */
export function browser(world: World): void {
  const connect = async (origin: string): Promise<Client> => {
    const client = new Client({ name: 'page', version: '1.0.0' }, { capabilities: { elicitation: {} } })
    const requestInit = { headers: authorization('alice') }
    const fetch = browserFetch(world.client('legacy')(), origin)
    await client.connect(new StreamableHTTPClientTransport(world.url, { fetch, requestInit }))
    return client
  }

  test.each([PAGE_ORIGIN, 'http://localhost:5173'])(
    'serves a page of %s from its handshake to the end of its session [Z15 R15 R16]',
    async (origin) => {
      const client = await connect(origin)
      client.setRequestHandler(ElicitRequestSchema, async () => ({ action: 'accept', content: { confirm: true } }))
      const result = await client.callTool({ name: 'confirm', arguments: { filename: 'a.txt' } })
      expect(result.content).toEqual([{ type: 'text', text: 'deleted a.txt' }])
      const transport = client.transport as StreamableHTTPClientTransport
      expect(transport.sessionId).toMatch(/./)
      await transport.terminateSession()
      await client.close()
    },
  )

  test('shows a page of another origin nothing [Z15 R1]', async () => {
    await expect(connect('https://evil.example')).rejects.toThrow('Failed to fetch')
  })
}
