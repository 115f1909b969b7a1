import { EventEmitter, once } from 'node:events'
import { type SseEvent, SseParser } from '@longhaul/testbed'
import type { WireMessage } from './message.ts'

const PATIENCE_MS = 15_000

type Fits = (message: WireMessage) => boolean

/** An event stream of the server, read by hand. */
export class WireStream {
  readonly status: number
  readonly headers: Headers
  /** All that came so far, in order. */
  readonly events: SseEvent[] = []
  readonly messages: WireMessage[] = []
  readonly #news = new EventEmitter().setMaxListeners(0)
  readonly #abort: AbortController
  readonly #done: Promise<void>
  #isOver = false

  constructor(response: Response, abort: AbortController) {
    this.status = response.status
    this.headers = response.headers
    this.#abort = abort
    this.#done = this.#read(response).finally(() => {
      this.#isOver = true
      this.#news.emit('news')
    })
  }

  /**
   * The first message that fits, of those that came and those that come.
   * @throws Error when the stream ends without it, or says nothing for long
   */
  async next(fits: Fits): Promise<WireMessage> {
    for (;;) {
      const found = this.messages.find(fits)
      if (found) return found
      if (this.#isOver) throw new Error(`The stream ended without the message. ${this.#described}`)
      await this.#withinPatience(once(this.#news, 'news'))
    }
  }

  /** Resolves when the stream is over, whoever ended it. @throws Error when that takes long */
  get ended(): Promise<void> {
    return this.#withinPatience(this.#done)
  }

  /** Id of the newest event, from which the stream can be resumed. */
  get lastEventId(): string {
    return this.events.findLast(({ id }) => id !== undefined)?.id ?? ''
  }

  /** Breaks the connection, like a network that fails. */
  async cut(): Promise<void> {
    this.#abort.abort()
    await this.ended
  }

  get #described(): string {
    return `It had: ${JSON.stringify(this.messages)}`
  }

  /** A test that waits in vain should say for what. */
  async #withinPatience<T>(news: Promise<T>): Promise<T> {
    const tooLong = new Error(`Nothing came for ${PATIENCE_MS} ms. ${this.#described}`)
    const { promise, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(reject, PATIENCE_MS, tooLong)
    try {
      return await Promise.race([news, promise])
    } finally {
      clearTimeout(timer)
    }
  }

  async #read(response: Response): Promise<void> {
    if (!response.body) return
    const parser = new SseParser()
    try {
      for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
        for (const event of parser.push(text)) {
          this.events.push(event)
          if (event.data) this.messages.push(JSON.parse(event.data) as WireMessage)
        }
        this.#news.emit('news')
      }
    } catch {
      // It was cut, or its coordinator is gone. Whoever still waits for a message hears that the stream ended.
    }
  }
}

/** Requests of the server of one method. */
export const asks =
  (method: string): Fits =>
  (message) =>
    message.method === method && message.id !== undefined

export const answers =
  (id: string | number): Fits =>
  (message) =>
    message.id === id && message.method === undefined

export const notifies =
  (method: string, member?: string, value?: unknown): Fits =>
  ({ method: its, params }) =>
    its === method && (member === undefined || params?.[member] === value)
