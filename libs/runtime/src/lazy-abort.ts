/** An AbortController that is made when somebody asks for its signal: few do, and it is dear. */
export class LazyAbort {
  #controller: AbortController | undefined
  #why: (() => unknown) | undefined
  #reason: unknown

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#why) this.#controller.abort(this.reason)
    }
    return this.#controller.signal
  }

  /** What it was aborted with; undefined before. */
  get reason(): unknown {
    this.#reason ??= this.#why?.()
    return this.#reason
  }

  /** Only the first time counts. `why` gives the reason, and is asked at most once. */
  abort(why: () => unknown): void {
    if (this.#why) return
    this.#why = why
    this.#controller?.abort(this.reason)
  }
}
