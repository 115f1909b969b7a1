import { randomBytes } from 'node:crypto'
import { parseTraceContext, RPC, RpcError, type RpcRequest, toError, toResult, toRpcError } from '@longhaul/protocol'
import { LonghaulError, type Owner, type Principal } from '@longhaul/task'
import type { FastifyBaseLogger } from 'fastify'
import type { Deps } from '../deps.ts'
import type { EventStream } from '../event-stream.ts'
import { Refusal } from '../guards/refusal.ts'
import { answerRequest, holdOnPart } from './answer-request.ts'
import { openSession } from './open-session.ts'
import { SessionStream } from './session-stream.ts'
import { SharedStream } from './shared-stream.ts'
import { toViewer, type Viewer } from './viewer.ts'

export interface HttpSseConnectionOptions {
  readonly principal: Principal
  readonly stream: EventStream
  readonly log: FastifyBaseLogger
}

/** A request, and who posts it: its owner is that of the stream, its scopes may be others by now. */
export interface Posted {
  readonly request: RpcRequest
  readonly principal: Principal
  readonly headers: Readonly<Record<string, unknown>>
}

/** One client of HTTP+SSE: its stream, and its session, which ends with the stream. */
export class HttpSseConnection {
  readonly #deps: Deps
  readonly #options: HttpSseConnectionOptions
  readonly #shared: SharedStream
  /** What is to be answered, and the stream of the session. */
  readonly #work = new Set<Promise<void>>()
  /** Of the session; not to be guessed, but no right either: whoever posts shows a key. */
  readonly id = randomBytes(24).toString('base64url')
  #session: 'none' | 'opening' | 'open' = 'none'

  constructor(deps: Deps, options: HttpSseConnectionOptions) {
    this.#deps = deps
    this.#options = options
    this.#shared = new SharedStream(options.stream)
  }

  get owner(): Owner {
    return this.#options.principal.owner
  }

  /** Tells the client where to post. Resolves when the stream is over, and all that was to be said on it. */
  async run(endpoint: string): Promise<void> {
    const { stream } = this.#options
    stream.open()
    stream.sendEvent('endpoint', endpoint)
    await stream.closed
    await Promise.all(this.#work)
    if (this.#session === 'open') await this.#deps.sessions.close({ id: this.id, owner: this.owner })
  }

  /** Who looks through the session, as it is now. @throws Refusal 400 before it is there, 404 when it is over */
  async viewer(principal: Principal): Promise<Viewer> {
    if (this.#session !== 'open') throw new Refusal(400, 'There is no session yet: initialize first.')
    const session = await this.#deps.sessions.use(this.id)
    if (!session) throw new Refusal(404, 'Session not found: it has ended. Open a new stream.')
    const viewer = toViewer(session, principal, this.#deps.settings)
    // Nothing here can be resumed, whatever the revision has.
    return { ...viewer, features: { ...viewer.features, priming: false } }
  }

  /** Takes a request; its response comes on the stream. @throws Refusal 400, 404 */
  async take(posted: Posted): Promise<void> {
    const { request, principal } = posted
    const { maxSseRequests } = this.#deps.settings
    if (this.#work.size > maxSseRequests) {
      const message = `${maxSseRequests} requests are not answered yet; wait for some of them (LONGHAUL_MAX_SSE_REQUESTS).`
      return this.#options.stream.send(toError(request.id, { code: RPC.application, message }))
    }
    // Clients may ask for it before the handshake (R20).
    if (request.method === 'ping') return this.#options.stream.send(toResult(request.id, {}))
    if (request.method === 'initialize') return this.#do(this.#initialize(posted))
    // It counts from now on, not only once it is known who looks.
    const viewer = this.viewer(principal)
    this.#do(viewer.then((found) => this.#answer(posted, found)))
    await viewer
  }

  async #initialize({ request, principal }: Posted): Promise<void> {
    const { stream, log } = this.#options
    const { id } = request
    if (this.#session !== 'none') {
      const message = 'The session is initialized already.'
      return stream.send(toError(id, { code: RPC.invalidRequest, message }))
    }
    this.#session = 'opening'
    try {
      const response = await openSession(this.#deps, { request, principal, id: this.id })
      this.#session = 'open'
      const part = this.#shared.part()
      const run = new SessionStream(this.#deps, await this.viewer(principal), part).run()
      this.#deps.streams.hold(part, run)
      // A session that is over has nothing to say any more.
      this.#do(run.then(() => stream.end()))
      stream.send(response)
    } catch (error) {
      // Also where it is open, and nothing could listen to it: then the client shakes hands once more.
      this.#session = 'none'
      if (!(error instanceof RpcError || error instanceof LonghaulError)) log.error({ err: error }, 'request failed')
      stream.send(toError(id, toRpcError(error)))
    }
  }

  async #answer({ request, headers }: Posted, viewer: Viewer): Promise<void> {
    const { stream, log } = this.#options
    const trace = parseTraceContext(request.params?._meta, headers)
    const isGone = () => !stream.isOpen
    const answered = await answerRequest(this.#deps, { request, viewer, trace, isGone }, log)
    if (answered.kind === 'response') stream.send(answered.response)
    else await holdOnPart(this.#deps, answered.held, this.#shared.part())
  }

  #do(work: Promise<void>): void {
    const done = work.catch(() => {}).finally(() => this.#work.delete(done))
    this.#work.add(done)
  }
}
