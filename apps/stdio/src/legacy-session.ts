import { legacy, RPC, RpcError, type RpcNotification, type RpcRequest, type RpcResponse } from '@longhaul/protocol'
import type { Settings } from '@longhaul/task'
import { type HttpRequest, isStream, messagesOf, type WireMessage } from './http.ts'
import { Outbox } from './outbox.ts'
import type { Parts } from './parts.ts'

interface Opened {
  readonly id: string
  readonly version: string
}

export type DeliveryLimits = Pick<Settings, 'maxStdioUndelivered' | 'deliveredWithinMs'>

interface Handshake {
  readonly answer: WireMessage
  /** Absent where it was refused. */
  readonly session?: Opened
}

const LISTS = ['tools', 'prompts', 'resources'] as const
/** How long the end of this process may be held up by telling that its session is over. */
const GOODBYE_MS = 500

/**
 * The session of a client of the revisions with `initialize`. It lasts as long as this process: where the installation
 * has forgotten its own, another one is opened in its stead, and what the client has set is set again.
 */
export class LegacySession {
  readonly #parts: Parts
  readonly #abort = new AbortController()
  readonly #replaced = new WeakSet<Opened>()
  readonly #subscriptions = new Set<string>()
  readonly #outbox: Outbox
  readonly #deliveredWithinMs: number
  #hello: RpcRequest | undefined
  #features: legacy.Features | undefined
  #current: Promise<Opened | undefined> = Promise.resolve(undefined)
  #logLevel: unknown
  #isGreeted = false
  #isListening = false
  #isRefused = false

  constructor(parts: Parts, { maxStdioUndelivered, deliveredWithinMs }: DeliveryLimits) {
    this.#parts = parts
    this.#deliveredWithinMs = deliveredWithinMs
    this.#outbox = new Outbox(maxStdioUndelivered, parts)
  }

  /** Whether its revision has them; not before its handshake. */
  get hasBatches(): boolean {
    return this.#features?.batches === true
  }

  /** Shakes hands. @returns the answer, for the client @throws UnreachableError, RpcError */
  async open(hello: RpcRequest): Promise<WireMessage> {
    this.#isGreeted = true
    const before = await this.#current
    const handshake = this.#persist(hello)
    this.#current = handshake.then(
      ({ session }) => session,
      () => undefined,
    )
    const { answer, session } = await handshake
    if (!session) return answer
    this.#hello = hello
    if (legacy.isLegacyVersion(session.version)) this.#features = legacy.featuresOf(session.version)
    if (before) void this.#endAtInstallation(before)
    return answer
  }

  /**
   * Sends something in the session.
   * @returns undefined where the installation had forgotten it: now there is another one, so send it again
   * @throws UnreachableError; RpcError when there is no session
   */
  async send({ headers, ...request }: HttpRequest): Promise<Response | undefined> {
    const session = await this.#current
    if (!session) throw new RpcError(RPC.invalidRequest, 'There is no session yet: initialize first.')
    const response = await this.#parts.http.send({ ...request, headers: { ...toHeaders(session), ...headers } })
    if (response.status !== 404) return response
    await response.body?.cancel()
    await this.#replace(session)
    return undefined
  }

  /** Resolves when `deliver` can be given something more. */
  room(): Promise<void> {
    return this.#outbox.room()
  }

  /** Delivers a notification, or the answer to a question, however long that takes, unless too many wait. */
  deliver(message: RpcNotification | RpcResponse): Promise<void> {
    const body = JSON.stringify(message)
    return this.#outbox.add(message, (dropped) => {
      const signal = AbortSignal.any([this.#abort.signal, dropped])
      const attempt = async () => {
        const response = await this.send({
          method: 'POST',
          headers: {},
          body,
          signal,
          withinMs: this.#deliveredWithinMs,
        })
        await response?.body?.cancel()
        return response !== undefined
      }
      return this.#parts.outage.persist(attempt, { signal, isPatient: () => true })
    })
  }

  /** Remembers what a request sets in the session. */
  note({ method, params }: RpcRequest): void {
    const uri = String(params?.uri)
    if (method === 'logging/setLevel') this.#logLevel = params?.level
    else if (method === 'resources/subscribe') this.#subscriptions.add(uri)
    else if (method === 'resources/unsubscribe') this.#subscriptions.delete(uri)
  }

  /** Hands on what the installation says of itself: questions, progress of tasks, changes. */
  listen(): void {
    if (this.#isListening || !this.#isGreeted) return
    this.#isListening = true
    const { outage, log } = this.#parts
    let isAgain = false
    const attempt = async (heard: () => void) => {
      const { signal } = this.#abort
      const response = await this.send({ method: 'GET', headers: {}, signal, want: 'news' })
      if (!response) return false
      // It has no such stream.
      if (response.status === 405) return true
      // It has failed, and nobody has asked who could be told.
      if (!isStream(response)) {
        await response.body?.cancel()
        return false
      }
      if (isAgain) await this.#tellChanges()
      isAgain = true
      for await (const { message } of messagesOf(response)) {
        heard()
        if (message) await this.#parts.output.write(message)
      }
      return false
    }
    void outage.persist(attempt, { signal: this.#abort.signal, isPatient: () => true }).catch((error: Error) => {
      this.#isListening = false
      log.warn({ reason: error.message }, 'the stream of the session ended')
    })
  }

  /** Lets go of everything, and ends the session. */
  async close(): Promise<void> {
    this.#abort.abort()
    const session = await Promise.race([this.#current, undefined])
    if (session) await this.#endAtInstallation(session)
  }

  #persist(hello: RpcRequest): Promise<Handshake> {
    const handshake = Promise.withResolvers<Handshake>()
    const attempt = async () => {
      handshake.resolve(await this.#shakeHands(hello))
      return true
    }
    this.#parts.outage.persist(attempt, { signal: this.#abort.signal }).catch(handshake.reject)
    return handshake.promise
  }

  async #shakeHands(hello: RpcRequest): Promise<Handshake> {
    const { signal } = this.#abort
    const response = await this.#parts.http.send({
      method: 'POST',
      headers: {},
      body: JSON.stringify(hello),
      signal,
      // What the client says next waits for it.
      withinMs: this.#deliveredWithinMs,
    })
    const id = response.headers.get('mcp-session-id')
    for await (const { message } of messagesOf(response)) {
      if (!message) continue
      const answer = { ...message, id: hello.id }
      const { protocolVersion } = message.result ?? {}
      return id === null || typeof protocolVersion !== 'string'
        ? { answer }
        : { answer, session: { id, version: protocolVersion } }
    }
    throw new RpcError(RPC.application, 'The installation did not answer to initialize.')
  }

  async #replace(session: Opened): Promise<void> {
    if (this.#hello && !this.#replaced.has(session)) {
      this.#replaced.add(session)
      this.#current = this.#reopen(session, this.#hello)
    }
    await this.#current
  }

  /** Where that fails, the next one to find the session gone tries again. */
  async #reopen(gone: Opened, hello: RpcRequest): Promise<Opened> {
    const { answer, session } = await this.#shakeHands({ ...hello, id: 'stdio:initialize' }).catch(() => ({
      answer: undefined,
      session: undefined,
    }))
    if (!session) {
      if (answer?.error) this.#tellRefused(answer.error.message)
      this.#replaced.delete(gone)
      return gone
    }
    this.#isRefused = false
    this.#parts.log.info({}, 'the session was forgotten; another one is open')
    await this.#restore(session)
    return session
  }

  /** Once: it is tried again and again. */
  #tellRefused(reason: string): void {
    if (!this.#isRefused) this.#parts.log.warn({ reason }, 'the session was forgotten, and another one is refused')
    this.#isRefused = true
  }

  async #restore(session: Opened): Promise<void> {
    const set = [
      ...(this.#logLevel === undefined ? [] : [{ method: 'logging/setLevel', params: { level: this.#logLevel } }]),
      ...[...this.#subscriptions].map((uri) => ({ method: 'resources/subscribe', params: { uri } })),
    ].map((request, place) => ({ id: `stdio:${place}`, ...request }))
    for (const message of [{ method: 'notifications/initialized' }, ...set]) {
      const body = JSON.stringify({ jsonrpc: '2.0', ...message })
      const { signal } = this.#abort
      const withinMs = this.#deliveredWithinMs
      const sent = this.#parts.http.send({ method: 'POST', headers: toHeaders(session), body, signal, withinMs })
      await sent.then((response) => response.body?.cancel()).catch(() => {})
    }
  }

  /** What changed while nobody told may be anything. */
  async #tellChanges(): Promise<void> {
    for (const list of LISTS) await this.#parts.output.write(legacy.toListChanged(list))
  }

  async #endAtInstallation(session: Opened): Promise<void> {
    const signal = AbortSignal.timeout(GOODBYE_MS)
    await this.#parts.http
      .send({ method: 'DELETE', headers: toHeaders(session), signal, want: 'goodbye' })
      .catch(() => {})
  }
}

const toHeaders = ({ id, version }: Opened): Readonly<Record<string, string>> => ({
  'mcp-session-id': id,
  'mcp-protocol-version': version,
})
