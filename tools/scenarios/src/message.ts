/** A JSON-RPC message as it comes over the wire, whichever kind it is. */
export interface WireMessage {
  readonly jsonrpc?: unknown
  readonly id?: string | number
  readonly method?: string
  readonly params?: { readonly [name: string]: unknown }
  readonly result?: unknown
  readonly error?: WireError
}
export interface WireError {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

export const isRequest = (message: WireMessage): boolean => message.method !== undefined && message.id !== undefined
export const isResponse = (message: WireMessage): boolean => message.method === undefined
