import type { RpcNotification, RpcRequest, RpcResponse } from '@longhaul/protocol'

/** Where whoever serves one request, or one session, says what there is to say. */
export interface MessageStream {
  readonly isOpen: boolean
  /** Whether it broke off before it was ended here: the client has gone, or does not read. */
  readonly isLeft: boolean
  /** Resolves when nothing can be said any more. */
  readonly closed: Promise<void>
  open(): void
  prime(id: string): void
  send(message: RpcRequest | RpcNotification | RpcResponse, id?: string): void
  end(): void
}
