import { once } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'

/** A message of an event stream with the id of its event. */
export interface StreamEvent {
  readonly id: string | undefined
  readonly retry: string | undefined
  /** Undefined in an event without data. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into it
  readonly message: any
}

/** Reads a text/event-stream as it comes. */
export class EventReader {
  readonly #response: IncomingMessage
  readonly #blocks: string[] = []
  readonly comments: string[] = []
  /** Resolves when the server has ended the stream. */
  readonly ended: Promise<unknown>
  #rest = ''

  constructor(response: IncomingMessage) {
    this.#response = response
    response.setEncoding('utf8')
    this.ended = once(response, 'close')
    response.on('data', (chunk: string) => {
      const blocks = (this.#rest + chunk).split('\n\n')
      this.#rest = blocks.pop() ?? ''
      for (const block of blocks) (block.startsWith(':') ? this.comments : this.#blocks).push(block)
      response.emit('read')
    })
    response.on('error', () => {})
  }

  get status(): number {
    return this.#response.statusCode ?? 0
  }

  get headers(): IncomingHttpHeaders {
    return this.#response.headers
  }

  /** The next event. @throws Error when the stream ends before it */
  async next(): Promise<StreamEvent> {
    return parse(await this.#nextBlock())
  }

  /** The next event, whatever it is. @throws Error when the stream ends before it */
  async nextRaw(): Promise<{ readonly name: string | undefined; readonly data: string }> {
    const { event, data = '' } = fieldsOf(await this.#nextBlock())
    return { name: event, data }
  }

  async #nextBlock(): Promise<string> {
    while (this.#blocks.length === 0) {
      const isOver = await Promise.race([once(this.#response, 'read').then(() => false), this.ended.then(() => true)])
      if (isOver && this.#blocks.length === 0) throw new Error('The stream ended.')
    }
    return this.#blocks.shift() ?? ''
  }

  /** The next event whose message has the method, or is a response where none is named. */
  async nextMessage(method?: string): Promise<StreamEvent> {
    for (;;) {
      const event = await this.next()
      if (event.message !== undefined && event.message.method === method) return event
    }
  }

  async comment(): Promise<string> {
    while (this.comments.length === 0) await once(this.#response, 'read')
    return this.comments.shift() ?? ''
  }

  /** Leaves, as a client does whose network broke. */
  leave(): void {
    this.#response.destroy()
  }
}

const fieldsOf = (block: string): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(block.split('\n').map((line) => line.split(/: (.*)/s, 2)))

function parse(block: string): StreamEvent {
  const fields = fieldsOf(block)
  return { id: fields.id, retry: fields.retry, message: fields.data ? JSON.parse(fields.data) : undefined }
}
