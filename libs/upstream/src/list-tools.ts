import { AnyObject } from './any-object.ts'
import type { OrderedClient } from './ordered-client.ts'

/** Longest wait for a page, which does no work. */
const PAGE_TIMEOUT_MS = 60_000
/** Pages after which a cursor is taken for one that goes in circles. */
const MAX_PAGES = 100

/**
 * Every page of tools/list, as it came. Empty where the server has no tools.
 * @throws errors of the SDK (see failure.ts), the signal's reason; Error where there is no end
 */
export async function listTools(client: OrderedClient, signal: AbortSignal): Promise<unknown[]> {
  if (!client.getServerCapabilities()?.tools) return []
  const tools: unknown[] = []
  let params: { cursor?: string } = {}
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const request = { method: 'tools/list', params } as const
    const result = await client.request(request, AnyObject, { timeout: PAGE_TIMEOUT_MS, signal })
    if (!Array.isArray(result.tools)) throw new Error('its answer to tools/list has no tools')
    tools.push(...result.tools)
    if (typeof result.nextCursor !== 'string') return tools
    params = { cursor: result.nextCursor }
  }
  throw new Error(`its tools/list goes on after ${MAX_PAGES} pages`)
}
