import { Client, type JSONRPCResponse } from '@modelcontextprotocol/client'

/**
 * The SDK's client with messages handled in the order in which they came. The SDK looks at notifications a microtask
 * later than at answers, and so drops the progress that arrives together with the answer.
 */
export class OrderedClient extends Client {
  protected override _onresponse(response: JSONRPCResponse): void {
    queueMicrotask(() => super._onresponse(response))
  }
}
