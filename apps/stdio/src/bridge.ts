import {
  isRequestId,
  legacy,
  modern,
  parseJson,
  parseMessage,
  RPC,
  RpcError,
  type RpcMessage,
  type RpcNotification,
  type RpcRequest,
  type RpcResponse,
  requestIdIn,
  toError,
  toResult,
  toRpcError,
} from '@longhaul/protocol'
import type { Settings } from '@longhaul/task'
import { ForwardedRequest } from './forwarded-request.ts'
import { legacyCourse } from './legacy-course.ts'
import { type DeliveryLimits, LegacySession } from './legacy-session.ts'
import { modernCourse } from './modern-course.ts'
import type { Parts } from './parts.ts'
import { Subscription } from './subscription.ts'
import { toErrorBody } from './to-error-body.ts'

/** A request that is not answered yet. */
interface Pending {
  run(): Promise<void>
  cancel(): Promise<void>
  close(): void
}

type BridgeLimits = Pick<Settings, 'maxStdioRequests' | 'maxBatchMessages'> & DeliveryLimits

/**
 * Carries the messages of one client to the installation, and back what it says. Which era a message is of it says
 * itself; both may be spoken in one process.
 */
export class Bridge {
  readonly #parts: Parts
  readonly #limits: BridgeLimits
  readonly #session: LegacySession
  readonly #pending = new Map<string, Pending>()
  readonly #runs = new Set<Promise<void>>()

  constructor(parts: Parts, limits: BridgeLimits) {
    this.#parts = parts
    this.#limits = limits
    this.#session = new LegacySession(parts, limits)
  }

  /**
   * Takes what the client has written in one line. What cannot be read is answered, and that is all.
   * Resolves when the next line may come.
   */
  async take(text: string): Promise<void> {
    let body: unknown
    try {
      body = parseJson(text)
      if (Array.isArray(body) && this.#session.hasBatches) await this.#takeBatch(body)
      else await this.#takeMessage(parseMessage(body))
    } catch (error) {
      await this.refuse(error, requestIdIn(body))
    }
  }

  /** Answers what could not be taken. */
  async refuse(error: unknown, id?: string | number): Promise<void> {
    await this.#parts.output.write(toError(id, toRpcError(error)))
  }

  /** Resolves when every request has been answered that can be. */
  async settled(): Promise<void> {
    while (this.#runs.size > 0) await Promise.all(this.#runs)
  }

  /** Lets go of every request, and ends the session. */
  async close(): Promise<void> {
    for (const pending of this.#pending.values()) pending.close()
    await this.#session.close()
  }

  /** Each of them is answered in a line of its own, when its answer is there (R8). */
  async #takeBatch(body: readonly unknown[]): Promise<void> {
    for (const message of legacy.parseBatch(body, this.#limits.maxBatchMessages)) await this.#takeMessage(message)
  }

  async #takeMessage(message: RpcMessage): Promise<void> {
    if (message.kind === 'request') await this.#takeOrRefuse(message.request)
    else if (message.kind === 'notification') await this.#takeNotification(message.notification)
    else await this.#deliver(message.response)
  }

  async #takeOrRefuse(request: RpcRequest): Promise<void> {
    try {
      await this.#takeRequest(request)
    } catch (error) {
      await this.refuse(error, request.id)
    }
  }

  async #takeRequest(request: RpcRequest): Promise<void> {
    const { id, method } = request
    const isModern = modern.isModern(request, undefined)
    if (!isModern && method === 'ping') return this.#parts.output.write(toResult(id, {}))
    if (this.#pending.has(keyOf(id)))
      throw new RpcError(RPC.invalidRequest, `There is a request ${JSON.stringify(id)} that is not answered yet.`)
    const { maxStdioRequests } = this.#limits
    if (this.#pending.size >= maxStdioRequests)
      throw new RpcError(
        RPC.application,
        `${maxStdioRequests} requests are not answered yet (LONGHAUL_MAX_STDIO_REQUESTS); wait for one of them.`,
      )
    this.#run(id, isModern ? this.#modern(request) : this.#legacy(request))
  }

  #modern(request: RpcRequest): Pending {
    if (request.method === 'subscriptions/listen') return new Subscription(this.#parts, request)
    return new ForwardedRequest(this.#parts, request, modernCourse(this.#parts.http, request))
  }

  #legacy(request: RpcRequest): Pending {
    if (request.method === 'initialize') return this.#handshake(request)
    this.#session.note(request)
    this.#session.listen()
    return new ForwardedRequest(this.#parts, request, legacyCourse(this.#session, request))
  }

  /** It cannot be cancelled (R10). */
  #handshake(request: RpcRequest): Pending {
    const opening = this.#session.open(request)
    const run = async () => {
      const answer = await opening.catch((error: unknown) => toError(request.id, toErrorBody(error)))
      await this.#parts.output.write(answer)
    }
    return { run, cancel: async () => {}, close: () => {} }
  }

  #run(id: string | number, pending: Pending): void {
    const key = keyOf(id)
    this.#pending.set(key, pending)
    const run = pending.run().finally(() => {
      this.#pending.delete(key)
      this.#runs.delete(run)
    })
    // A subscription lasts.
    if (!(pending instanceof Subscription)) this.#runs.add(run)
  }

  async #takeNotification(notification: RpcNotification): Promise<void> {
    const { method, params } = notification
    if (method === 'notifications/cancelled') {
      const { requestId } = params ?? {}
      if (isRequestId(requestId)) this.#inBackground(this.#pending.get(keyOf(requestId))?.cancel())
      return
    }
    // The newer era has no other from a client.
    if (modern.isModern(notification, undefined)) return
    if (method === 'notifications/initialized') this.#session.listen()
    await this.#deliver(notification)
  }

  /** With as much under way as may be the client is read no further. */
  async #deliver(message: RpcNotification | RpcResponse): Promise<void> {
    await this.#session.room()
    this.#inBackground(this.#session.deliver(message))
  }

  /** Nobody waits for it. */
  #inBackground(delivery: Promise<void> | undefined): void {
    delivery?.catch((error: Error) => this.#parts.log.debug({ reason: error.message }, 'a message was not delivered'))
  }
}

/** A number and the text of it are two ids. */
const keyOf = (id: string | number): string => JSON.stringify(id)
