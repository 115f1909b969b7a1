import type { EventStream } from '../event-stream.ts'
import type { MessageStream } from '../message-stream.ts'

/**
 * An event stream that several requests share, each of which has a part that ends for itself. It has no event ids: none
 * of them could be resumed without the others.
 */
export class SharedStream {
  readonly #stream: EventStream
  readonly #parts = new Set<StreamPart>()

  constructor(stream: EventStream) {
    this.#stream = stream
    void stream.closed.then(() => {
      for (const part of this.#parts) part.close()
    })
  }

  part(): MessageStream {
    const part = new StreamPart(this.#stream, () => this.#parts.delete(part))
    this.#parts.add(part)
    if (!this.#stream.isOpen) part.close()
    return part
  }
}

class StreamPart implements MessageStream {
  readonly #stream: EventStream
  readonly #onClosed: () => void
  readonly #closed = Promise.withResolvers<void>()
  #isEnded = false
  #isLeft = false

  constructor(stream: EventStream, onClosed: () => void) {
    this.#stream = stream
    this.#onClosed = onClosed
  }

  get isOpen(): boolean {
    return !this.#isEnded && this.#stream.isOpen
  }

  get isLeft(): boolean {
    return this.#isLeft || (!this.#isEnded && this.#stream.isLeft)
  }

  get closed(): Promise<void> {
    return this.#closed.promise
  }

  /** The whole stream is open, or is not. */
  open(): void {}

  prime(): void {}

  send(...[message]: Parameters<MessageStream['send']>): void {
    if (this.isOpen) this.#stream.send(message)
  }

  end(): void {
    this.#isEnded = true
    this.close()
  }

  close(): void {
    this.#isLeft = this.isLeft
    this.#onClosed()
    this.#closed.resolve()
  }
}
