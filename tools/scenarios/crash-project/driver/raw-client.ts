/** A session over plain fetch, for requests by the hundred: nothing but JSON-RPC there and back. */
export interface RawClient {
  /** @throws Error with the JSON-RPC error, or the HTTP status */
  request(method: string, params: object): Promise<{ readonly [name: string]: unknown }>
}

export async function connectRaw(url: URL, fetch: typeof globalThis.fetch): Promise<RawClient> {
  let id = 0
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
  }
  const send = async (message: object): Promise<Response> => {
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ jsonrpc: '2.0', ...message }) })
    if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`)
    return response
  }
  const request = async (method: string, params: object) => {
    const response = await send({ id: ++id, method, params })
    headers['mcp-session-id'] ??= response.headers.get('mcp-session-id') ?? ''
    const { result, error } = (await response.json()) as {
      result?: Readonly<Record<string, unknown>>
      error?: { readonly message: string }
    }
    if (!result) throw new Error(`${method}: ${error?.message}`)
    return result
  }
  await request('initialize', {
    protocolVersion: '2025-11-25',
    capabilities: {},
    clientInfo: { name: 'raw', version: '1' },
  })
  await send({ method: 'notifications/initialized' })
  return { request }
}
