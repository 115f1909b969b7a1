/** The streams that this coordinator holds open, and what else clients wait on, so that stopping it ends them; their clients go on elsewhere. */
export class Streams {
  readonly #open = new Map<{ end(): void }, Promise<void>>()
  readonly #onBroken: (error: unknown) => void
  #isClosing = false

  /** `onBroken` is told what ended a stream before its time. */
  constructor(onBroken: (error: unknown) => void) {
    this.#onBroken = onBroken
  }

  hold(stream: { end(): void }, done: Promise<void>): void {
    this.#open.set(stream, done)
    void done.catch(this.#onBroken).then(() => {
      this.#open.delete(stream)
      stream.end()
    })
    if (this.#isClosing) stream.end()
  }

  async close(): Promise<void> {
    this.#isClosing = true
    const all = [...this.#open]
    for (const [stream] of all) stream.end()
    await Promise.allSettled(all.map(([, done]) => done))
  }
}
