import { parseMessage, RPC, RpcError, type RpcMessage } from '../json-rpc.ts'

/**
 * The messages of a batch. All of them are readable, or none is taken.
 * @throws RpcError -32600
 */
export function parseBatch(body: readonly unknown[], mostMessages: number): readonly RpcMessage[] {
  if (body.length === 0) throw refuse('it is empty')
  if (body.length > mostMessages) {
    throw refuse(`it has ${body.length} messages; the most is ${mostMessages} (LONGHAUL_MAX_BATCH_MESSAGES)`)
  }
  const messages = body.map(parseMessage)
  const requests = messages.flatMap((message) => (message.kind === 'request' ? [message.request] : []))
  // What it agrees on decides how the others are read.
  if (requests.some(({ method }) => method === 'initialize')) throw refuse('initialize must be sent by itself')
  const ids = requests.map(({ id }) => id)
  if (new Set(ids).size < ids.length) throw refuse('two of its requests have the same id')
  return messages
}

const refuse = (why: string): RpcError => new RpcError(RPC.invalidRequest, `The batch cannot be taken: ${why}.`)
