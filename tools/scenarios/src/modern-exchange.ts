import { isRequest, isResponse, type WireError, type WireMessage } from './message.ts'
import type { Exchange } from './recording-fetch.ts'

const VERSION = 'io.modelcontextprotocol/protocolVersion'
const CAPABILITIES = 'io.modelcontextprotocol/clientCapabilities'
const LOG_LEVEL = 'io.modelcontextprotocol/logLevel'
const SERVER_INFO = 'io.modelcontextprotocol/serverInfo'
const SUBSCRIPTION = 'io.modelcontextprotocol/subscriptionId'
const TASKS = 'io.modelcontextprotocol/tasks'

/** HTTP statuses of errors that are answered in JSON. */
const STATUSES: ReadonlyMap<number, number> = new Map([
  [-32700, 400],
  [-32600, 400],
  [-32601, 404],
  [-32020, 400],
  [-32021, 400],
  [-32022, 400],
])
/** Errors of a request that was turned away before it was read: only they may lack its id. */
const UNREAD: ReadonlySet<number> = new Set([-32700, -32600, -31000])

interface Notes {
  note(message: WireMessage, asked: string | undefined): void
  complain(problem: string): void
}
type Complain = (what: string) => void

/** One request of a client of 2026-07-28 and all that it is told on it: finds what no such exchange may have. */
export class ModernExchange implements Exchange {
  readonly #request: WireMessage
  readonly #meta: Readonly<Record<string, unknown>>
  readonly #notes: Notes
  #response: Response | undefined
  #isAnswered = false
  #isAcknowledged = false
  #progress = Number.NEGATIVE_INFINITY

  constructor(request: WireMessage | undefined, notes: Notes) {
    this.#request = request ?? {}
    this.#meta = Object(this.#request.params?._meta)
    this.#notes = notes
  }

  answered(response: Response): void {
    this.#response = response
    const { headers } = response
    if (headers.has('mcp-session-id')) this.#notes.complain('A session in an era that has none (0.2)')
    if (this.#isStream && headers.get('x-accel-buffering') !== 'no') {
      this.#notes.complain('A stream that proxies may hold back (R26)')
    }
  }

  received(message: WireMessage, eventId: string | undefined): void {
    const complain = (what: string) => this.#notes.complain(`${what}: ${JSON.stringify(message)}`)
    this.#notes.note(message, this.#asked)
    if (eventId !== undefined) complain('An event that says it can be resumed (R26)')
    if (this.#isAnswered) complain('A message after the response (R26, R27)')
    if (isRequest(message)) complain('A request of the server (P13)')
    if (isResponse(message)) this.#checkResponse(message, complain)
    else this.#checkNotification(message, complain)
  }

  marked(eventId: string): void {
    this.#notes.complain(`An event without data, ${eventId}, in a stream that cannot be resumed (R26)`)
  }

  get #isStream(): boolean {
    return this.#response?.headers.get('content-type')?.startsWith('text/event-stream') ?? false
  }

  /** What the request asks: a call of a client that takes tasks has another set of results. */
  get #asked(): string | undefined {
    const { method } = this.#request
    const { extensions } = Object(this.#meta[CAPABILITIES])
    return method === 'tools/call' && Object(extensions)[TASKS] !== undefined ? 'tools/call with tasks' : method
  }

  #checkResponse({ id, result, error }: WireMessage, complain: Complain): void {
    this.#isAnswered = true
    if (id === undefined ? !UNREAD.has(error?.code ?? 0) : id !== this.#request.id) {
      complain(`A response to another request than ${JSON.stringify(this.#request.id)} (0.1)`)
    }
    if (error) this.#checkStatus(error, complain)
    else if (Object(result)._meta?.[SERVER_INFO] === undefined) complain('A result that does not say whose it is (F1)')
    if (this.#request.method === 'subscriptions/listen' && !error && !this.#isAcknowledged) {
      complain('A subscription that ends before it was acknowledged (R28)')
    }
  }

  #checkStatus({ code }: WireError, complain: Complain): void {
    const status = this.#response?.status ?? 0
    const lacksMeta = typeof this.#meta[VERSION] !== 'string' || typeof this.#meta[CAPABILITIES] !== 'object'
    const wanted = code === -32602 && lacksMeta ? 400 : STATUSES.get(code)
    if (wanted !== undefined && status !== (this.#isStream ? 200 : wanted))
      complain(`An error with HTTP ${status} (0.1)`)
  }

  #checkNotification({ method = '', params = {} }: WireMessage, complain: Complain): void {
    const isOfSubscription = this.#request.method === 'subscriptions/listen'
    const { [SUBSCRIPTION]: tag } = Object(params._meta)
    if (tag !== (isOfSubscription ? this.#request.id : undefined)) complain('Of another subscription (R28, U35)')
    if (isOfSubscription) this.#checkSubscribed(method, params, complain)
    else if (method === 'notifications/progress') this.#checkProgress(params, complain)
    else if (method !== 'notifications/message' || this.#meta[LOG_LEVEL] === undefined) {
      complain('A notification that nobody asked for (F5, R30)')
    }
  }

  #checkSubscribed(method: string, { taskId, uri }: NonNullable<WireMessage['params']>, complain: Complain): void {
    const isAcknowledgement = method === 'notifications/subscriptions/acknowledged'
    if (isAcknowledgement === this.#isAcknowledged) complain('One acknowledgement comes first in a subscription (R28)')
    this.#isAcknowledged = true
    const wanted = Object(this.#request.params?.notifications)
    const { taskIds = [], resourceSubscriptions = [] } = wanted
    const [, list] = /^notifications\/(\w+)\/list_changed$/.exec(method) ?? []
    const isWanted =
      isAcknowledgement ||
      (method === 'notifications/tasks' && taskIds.includes(taskId)) ||
      (method === 'notifications/resources/updated' && resourceSubscriptions.includes(uri)) ||
      (list !== undefined && wanted[`${list}ListChanged`] === true)
    if (!isWanted) complain('News that the subscription does not ask for (R28, U34)')
  }

  #checkProgress({ progressToken, progress }: NonNullable<WireMessage['params']>, complain: Complain): void {
    if (progressToken === undefined || progressToken !== this.#meta.progressToken) {
      complain('Progress of another request (F20, R26)')
    }
    if (Number(progress) <= this.#progress) complain(`Progress after ${this.#progress} that is not more (F20)`)
    this.#progress = Number(progress)
  }
}
