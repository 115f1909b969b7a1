/** The streams that this coordinator holds open, so that stopping it ends them; their clients resume elsewhere. */
export class Streams {
  readonly #open = new Map<{ end(): void }, Promise<void>>()
  #isClosing = false

  hold(stream: { end(): void }, done: Promise<void>): void {
    this.#open.set(stream, done)
    const forget = () => {
      this.#open.delete(stream)
      stream.end()
    }
    done.then(forget, forget)
    if (this.#isClosing) stream.end()
  }

  async close(): Promise<void> {
    this.#isClosing = true
    const all = [...this.#open]
    for (const [stream] of all) stream.end()
    await Promise.allSettled(all.map(([, done]) => done))
  }
}
