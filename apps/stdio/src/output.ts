import { once } from 'node:events'
import type { Writable } from 'node:stream'

/** What the client reads: one message a line, and nothing else. */
export class Output {
  readonly #stream: Writable
  /** Resolves when the client has closed its end. */
  readonly gone: Promise<void>

  constructor(stream: Writable) {
    this.#stream = stream
    this.gone = new Promise((resolve) => {
      stream.on('error', () => resolve()).once('close', resolve)
    })
  }

  /** Resolves when there is room for more: whoever has much to say waits for it. */
  async write(message: object): Promise<void> {
    // JSON has no line break outside of its strings, and escapes those inside.
    if (this.#stream.writable && !this.#stream.write(`${JSON.stringify(message)}\n`)) await this.#drained()
  }

  /** Resolves when the client has read everything, or is gone. */
  async flushed(): Promise<void> {
    while (this.#stream.writable && this.#stream.writableLength > 0) await this.#drained()
  }

  async #drained(): Promise<void> {
    const abort = new AbortController()
    await Promise.race([once(this.#stream, 'drain', { signal: abort.signal }).catch(() => {}), this.gone])
    abort.abort()
  }
}
