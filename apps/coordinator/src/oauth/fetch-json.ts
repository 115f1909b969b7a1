import { isLoopback } from '../guards/reachable-as.ts'

/** Metadata and keys are some kilobytes. What is larger is something else, and must not fill the memory. */
const MOST_BYTES = 1024 * 1024

/** Whether nobody on the way can change what comes from a URL. */
export function isSafeUrl(given: string): boolean {
  const { protocol = '', hostname = '' } = URL.parse(given) ?? {}
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname))
}

/** What is at a URL. @throws Error that says in a few words why there is nothing, or what aborted the signal */
export async function fetchJson(url: string, signal: AbortSignal): Promise<unknown> {
  // A redirect may lead over a line that is not safe.
  const init: RequestInit = { signal, redirect: 'manual', headers: { accept: 'application/json' } }
  const { body, status } = await fetch(url, init)
  if (status !== 200 || body === null) {
    await body?.cancel()
    throw new Error(`status ${status}`)
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > MOST_BYTES) throw new Error(`more than ${MOST_BYTES} bytes`)
    chunks.push(chunk)
  }
  return JSON.parse(Buffer.concat(chunks).toString())
}
