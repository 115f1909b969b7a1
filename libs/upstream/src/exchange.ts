import { type JsonObject, type Progress, randomId } from '@longhaul/task'
import {
  type JSONRPCMessage,
  ProtocolError,
  SdkError,
  SdkErrorCode,
  type Transport,
} from '@modelcontextprotocol/client'

/** Random part of the ids of requests: several processes may go on in one session. */
const ID_CHARACTERS = 8

/** What requests go through: the transport of a connection, which its SDK client uses as well. */
export type Channel = Transport & {
  /** The request on whose own stream the message came that is being handled, where requests have such streams. */
  readonly streamOf?: string | number | undefined
}

export interface Outgoing {
  readonly method: string
  readonly params: JsonObject
  readonly signal: AbortSignal
  readonly timeoutMs: number
  readonly headers?: Readonly<Record<string, string>>
  readonly onProgress?: (progress: Progress) => void
  /** Told what the server asks in the middle of this request. Without it that is refused. */
  readonly onAsk?: (ask: ServerAsk) => void
  /** Told of each page that a person has dealt with, whichever request it was asked in. */
  readonly onElicited?: (elicitationId: string) => void
  /** How a server learns that the answer is not waited for any more. Absent: it is not to stop because of that. */
  readonly cancel?: 'notify' | 'hang_up'
}

/** A request of a server, which is answered with `respond` under its id, by whoever and whenever. */
export interface ServerAsk {
  readonly id: string | number
  readonly method: string
  readonly params: JsonObject
}

interface Open extends Pick<Outgoing, 'onProgress' | 'onAsk' | 'onElicited' | 'params'> {
  readonly answer: PromiseWithResolvers<JsonObject>
}

/** Member of `_meta`: of which task a message is. */
export const RELATED_TASK = 'io.modelcontextprotocol/related-task'
const ASKED = ['sampling/createMessage', 'elicitation/create']

/**
 * Requests of ours beside those of the SDK's client: of methods and results that it does not know, and of which one
 * hears what the server asks meanwhile.
 */
export class Exchange {
  readonly #channel: Channel
  readonly #prefix = randomId(ID_CHARACTERS)
  readonly #isShared: () => boolean
  readonly #open = new Map<string, Open>()
  #count = 0

  /**
   * To be made when whoever else takes messages from the channel does so already.
   * @param isShared whether requests of others are under way
   */
  constructor(channel: Channel, isShared = () => false) {
    this.#channel = channel
    this.#isShared = isShared
    const { onmessage } = channel
    channel.onmessage = (message, extra) => {
      if (!this.#take(message)) onmessage?.(message, extra)
    }
  }

  /** @returns the result as it came @throws errors of the SDK (see failure.ts), the signal's reason */
  async request(outgoing: Outgoing): Promise<JsonObject> {
    const { method, params, signal, timeoutMs, headers, onProgress, onAsk, onElicited } = outgoing
    signal.throwIfAborted()
    const id = `${this.#prefix}-${++this.#count}`
    const answer = Promise.withResolvers<JsonObject>()
    const listening = { ...(onProgress && { onProgress }), ...(onAsk && { onAsk }), ...(onElicited && { onElicited }) }
    this.#open.set(id, { answer, params, ...listening })
    let isCut = false
    const cut = (reason: unknown) => {
      isCut = true
      answer.reject(reason)
    }
    const timeout = () => cut(new SdkError(SdkErrorCode.RequestTimeout, 'The request took too long'))
    const timer = setTimeout(timeout, timeoutMs)
    const onAbort = () => cut(signal.reason)
    signal.addEventListener('abort', onAbort, { once: true })
    const stream = new AbortController()
    const meta = onProgress && { _meta: { ...Object(params._meta), progressToken: id } }
    const message = { jsonrpc: '2.0', id, method, params: { ...params, ...meta } } as const
    const options = { requestSignal: stream.signal, ...(headers && { headers }) }
    try {
      this.#channel.send(message as JSONRPCMessage, options).catch(answer.reject)
      return await answer.promise
    } catch (error) {
      if (isCut && outgoing.cancel === 'notify') {
        const reason = error instanceof Error ? error.message : 'It is not waited for any more'
        await this.notify('notifications/cancelled', { requestId: id, reason }).catch(() => {})
      }
      throw error
    } finally {
      clearTimeout(timer)
      signal.removeEventListener('abort', onAbort)
      this.#open.delete(id)
      stream.abort()
    }
  }

  /** Answers what the server asked. @throws what the transport throws */
  async respond(id: ServerAsk['id'], reply: Reply): Promise<void> {
    await this.#channel.send({ jsonrpc: '2.0', id, ...reply } as JSONRPCMessage)
  }

  async notify(method: string, params: JsonObject): Promise<void> {
    await this.#channel.send({ jsonrpc: '2.0', method, params } as JSONRPCMessage)
  }

  /** The connection is over. */
  end(): void {
    const error = new SdkError(SdkErrorCode.ConnectionClosed, 'Connection closed')
    for (const { answer } of this.#open.values()) answer.reject(error)
  }

  /** Whether it was for one of these requests. */
  #take(message: JSONRPCMessage): boolean {
    if ('method' in message) {
      if ('id' in message) return this.#takeAsk(message as ServerAsk)
      if (message.method === 'notifications/elicitation/complete') return this.#tellElicited(message.params)
      const { progressToken, ...progress } = (message.params ?? {}) as { readonly progressToken?: unknown }
      const open = message.method === 'notifications/progress' && this.#open.get(String(progressToken))
      if (!open) return false
      open.onProgress?.(toProgress(progress))
      return true
    }
    const id = String(message.id)
    const open = this.#open.get(id)
    if (!open) return id.startsWith(`${this.#prefix}-`)
    if ('result' in message) open.answer.resolve(message.result as JsonObject)
    else open.answer.reject(new ProtocolError(message.error.code, message.error.message, message.error.data))
    return true
  }

  /** It may come on any stream. Only who has asked for the page knows its id. */
  #tellElicited(params: unknown): boolean {
    const { elicitationId } = Object(params) as { readonly elicitationId?: unknown }
    if (typeof elicitationId === 'string') for (const open of this.#open.values()) open.onElicited?.(elicitationId)
    return true
  }

  #takeAsk({ id, method, params }: ServerAsk): boolean {
    if (!ASKED.includes(method)) return false
    const asker = this.#askerOf(params)
    if (!asker?.onAsk) return false
    asker.onAsk({ id, method, params: params ?? {} })
    return true
  }

  /** The request in the middle of which the server asks; undefined where nobody can tell. */
  #askerOf(params: JsonObject | undefined): Open | undefined {
    const { streamOf } = this.#channel
    if (streamOf !== undefined) return this.#open.get(String(streamOf))
    const all = [...this.#open.values()]
    const related = Object(Object(params?._meta)[RELATED_TASK]).taskId
    if (related !== undefined) return all.find((open) => open.params.taskId === related)
    return all.length === 1 && !this.#isShared() ? all[0] : undefined
  }
}

export type Reply =
  | { readonly result: JsonObject }
  | { readonly error: { readonly code: number; readonly message: string } }

function toProgress({ progress, total, message }: Partial<Record<keyof Progress, unknown>>): Progress {
  return {
    progress: Number(progress),
    ...(typeof total === 'number' && { total }),
    ...(typeof message === 'string' && { message }),
  }
}
