/** Where an installation serves MCP over HTTP, and the key that identifies this client there. */
export interface Address {
  /** With the path, for example `http://127.0.0.1:4620/mcp`. */
  readonly url: string
  readonly key?: string
}

/** What an installation is wanted for: to have something done, to hear what is new there, or to take leave of it. */
export type Want = 'work' | 'news' | 'goodbye'

export interface Endpoint {
  /** Where it is now. One that is about to be there is waited for. @throws UnreachableError */
  find(want: Want): Promise<Address>
}

/** The installation cannot be reached just now. The message tells people why. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError'
  /** Whether what was sent may have arrived all the same. */
  readonly mayHaveArrived: boolean

  constructor(message: string, { mayHaveArrived = false }: { readonly mayHaveArrived?: boolean } = {}) {
    super(message)
    this.mayHaveArrived = mayHaveArrived
  }
}

/**
 * An installation that somebody else runs; its path is /mcp where the URL names none.
 * @throws Error that says what to write
 */
export function fixedEndpoint(given: string, key: string | undefined): Endpoint {
  const url = URL.parse(given)
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new Error(
      `'${given}' is no http:// or https:// address of Longhaul; write for example http://127.0.0.1:4620.`,
    )
  }
  if (url.pathname === '/') url.pathname = '/mcp'
  const address = { url: url.href, ...(key && { key }) }
  return { find: async () => address }
}
