import { isRequest, isResponse, type WireMessage } from './message.ts'
import type { MessageRecord } from './message-record.ts'
import type { Exchange, Listener, Sent } from './recording-fetch.ts'

/** How a message came. */
interface Arrival {
  /** `POST`, `GET`, or `GET resumed` where the stream continues another. */
  readonly over: string
  readonly eventId: string | undefined
}

/**
 * All that one client of 2025-11-25 or older sent and was sent: says of each message what it is, and finds what no
 * conversation may have.
 */
export class LegacyConversation implements Listener {
  readonly #record: MessageRecord
  /** What each request of the client asked, by its id. */
  readonly #asked = new Map<string | number, string>()
  readonly #answered = new Set<string | number>()
  readonly #serverRequests = new Set<string | number>()
  readonly #eventIds = new Set<string>()
  readonly #progress = new Map<unknown, number>()
  #hasTasks = false

  constructor(record: MessageRecord) {
    this.#record = record
  }

  complain(problem: string): void {
    this.#record.complain(problem)
  }

  sent({ method, headers, messages }: Sent): Exchange {
    for (const message of messages) this.#noteAsked(message)
    const over = method === 'GET' && headers.has('last-event-id') ? 'GET resumed' : method
    return {
      received: (received, eventId) => this.#received(received, { over, eventId }),
      marked: (eventId) => this.#noteEventId(eventId),
    }
  }

  #noteAsked({ id, method, params }: WireMessage): void {
    if (id === undefined || method === undefined) return
    const asksForTask = this.#hasTasks && method === 'tools/call' && params?.task !== undefined
    this.#asked.set(id, asksForTask ? 'tools/call as a task' : method)
  }

  #received(message: WireMessage, { over, eventId }: Arrival): void {
    const complain = (what: string) => this.complain(`${what}: ${JSON.stringify(message)}`)
    const answers = message.id === undefined ? undefined : this.#asked.get(message.id)
    this.#record.count(message, answers)
    if (answers === 'initialize') this.#hasTasks = Object(message.result).protocolVersion === '2025-11-25'
    if (eventId !== undefined) this.#noteEventId(eventId)
    if (isResponse(message)) this.#checkResponse(message, over, complain)
    if (isRequest(message) && message.id !== undefined) {
      if (this.#serverRequests.has(message.id)) complain('The id of a request is used again (T32)')
      this.#serverRequests.add(message.id)
    }
    if (message.method === 'notifications/progress') this.#checkProgress(message.params ?? {}, complain)
  }

  #noteEventId(id: string): void {
    if (this.#eventIds.has(id)) this.complain(`The event id ${id} is used again (R13)`)
    this.#eventIds.add(id)
  }

  #checkResponse({ id }: WireMessage, over: string, complain: (what: string) => void): void {
    // What could not be read, or was turned away before that, is answered without an id, as an answer that does not fit.
    if (id === undefined) return
    if (over === 'GET') complain('A response on a stream that answers no request (R14)')
    if (!this.#asked.has(id)) complain('A response to nothing that was asked')
    if (this.#answered.has(id)) complain('A second response to one request (R9)')
    this.#answered.add(id)
  }

  #checkProgress({ progressToken, progress }: NonNullable<WireMessage['params']>, complain: (what: string) => void) {
    const last = this.#progress.get(progressToken) ?? Number.NEGATIVE_INFINITY
    if (Number(progress) <= last) complain(`Progress after ${last} that is not more, or came twice (F20, T29)`)
    this.#progress.set(progressToken, Number(progress))
  }
}
