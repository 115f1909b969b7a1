import { parseTraceContext, type RpcMessage, type RpcRequest, type RpcResponse } from '@longhaul/protocol'
import type { FastifyReply } from 'fastify'
import type { Deps } from '../deps.ts'
import { EventStream } from '../event-stream.ts'
import { Refusal } from '../guards/refusal.ts'
import { answerRequest, holdOnPart } from './answer-request.ts'
import type { Held } from './held/held.ts'
import { SharedStream } from './shared-stream.ts'
import { takeMessage } from './take-message.ts'
import type { Viewer } from './viewer.ts'

/**
 * Several messages in one POST (R8). Its responses are one array, as long as all of them are there at once; the first
 * request that has to wait for a task makes it a stream, on which each response comes when it is there.
 */
export class Batch {
  readonly #deps: Deps
  readonly #viewer: Viewer
  readonly #reply: FastifyReply
  readonly #responses: RpcResponse[] = []
  readonly #done = Promise.withResolvers<void>()
  #stream: { readonly whole: EventStream; readonly shared: SharedStream } | undefined

  constructor(deps: Deps, viewer: Viewer, reply: FastifyReply) {
    this.#deps = deps
    this.#viewer = viewer
    this.#reply = reply
  }

  /**
   * @returns what the route returns
   * @throws Refusal 400 when an answer among them does not fit its question, and nothing else is to be answered
   */
  async take(messages: readonly RpcMessage[]): Promise<unknown> {
    const requests: RpcRequest[] = []
    let refused: Refusal | undefined
    for (const message of messages) {
      if (message.kind === 'request') requests.push(message.request)
      else refused ??= await this.#takeUnanswered(message)
    }
    if (requests.length > 0) return this.#answer(requests)
    if (refused) throw refused
    return this.#reply.code(202).send()
  }

  /** A question whose answer does not fit is asked again, whether or not its client reads the refusal. */
  async #takeUnanswered(message: Exclude<RpcMessage, { kind: 'request' }>): Promise<Refusal | undefined> {
    try {
      await takeMessage(this.#deps, this.#viewer, message)
      return undefined
    } catch (error) {
      if (error instanceof Refusal) return error
      throw error
    }
  }

  async #answer(requests: readonly RpcRequest[]): Promise<FastifyReply> {
    await Promise.all(requests.map((request) => this.#answerOne(request)))
    this.#done.resolve()
    return this.#stream ? this.#reply : this.#reply.send(this.#responses)
  }

  async #answerOne(request: RpcRequest): Promise<void> {
    const { headers, log } = this.#reply.request
    const trace = parseTraceContext(request.params?._meta, headers)
    const isGone = () => this.#reply.raw.destroyed
    const answered = await answerRequest(this.#deps, { request, viewer: this.#viewer, trace, isGone }, log)
    if (answered.kind === 'held') await this.#hold(answered.held)
    else if (this.#stream) this.#stream.whole.send(answered.response)
    else this.#responses.push(answered.response)
  }

  async #hold(held: Held): Promise<void> {
    this.#stream ??= this.#open()
    await holdOnPart(this.#deps, held, this.#stream.shared.part())
  }

  #open(): { readonly whole: EventStream; readonly shared: SharedStream } {
    const { settings, streams } = this.#deps
    const whole = EventStream.answering(this.#reply, settings)
    streams.hold(whole, this.#done.promise)
    whole.open()
    for (const response of this.#responses) whole.send(response)
    return { whole, shared: new SharedStream(whole) }
  }
}
