import type { Delta, Ledger } from '@longhaul/task'

export interface DeltaSenderOptions {
  readonly ledger: Pick<Ledger, 'delta'>
  readonly step: string
  /** From 1. */
  readonly attempt: number
  readonly intervalMs: number
}

/** Sends what a model says while it says it: not more often than `intervalMs`, nor faster than the store takes it. */
export class DeltaSender {
  readonly #options: DeltaSenderOptions
  readonly #said = { text: 0, thinking: 0 }
  #model: string | undefined
  #waiting: Delta[] = []
  #timer: NodeJS.Timeout | undefined
  /** By `performance.now()`. */
  #sentAt = Number.NEGATIVE_INFINITY
  #isSending = false
  #isOver = false

  constructor(options: DeltaSenderOptions) {
    this.#options = options
  }

  add({ model, kind, text }: Pick<Delta, 'model' | 'kind' | 'text'>): void {
    if (this.#isOver) return
    if (model !== this.#model) Object.assign(this.#said, { text: 0, thinking: 0 })
    this.#model = model
    const { step, attempt } = this.#options
    const last = this.#waiting.at(-1)
    if (last?.kind === kind && last.model === model) this.#waiting.splice(-1, 1, { ...last, text: last.text + text })
    else this.#waiting.push({ step, attempt, model, kind, offset: this.#said[kind], text })
    this.#said[kind] += text.length
    this.#sendInTime()
  }

  /** Sends what is left. Nothing is sent after that. */
  end(): void {
    this.#isOver = true
    clearTimeout(this.#timer)
    if (!this.#isSending && this.#waiting.length > 0) void this.#send()
  }

  #sendInTime(): void {
    if (this.#isOver || this.#isSending || this.#timer || this.#waiting.length === 0) return
    const inMs = Math.max(0, this.#sentAt + this.#options.intervalMs - performance.now())
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#send()
    }, inMs).unref()
  }

  async #send(): Promise<void> {
    const deltas = this.#waiting
    this.#waiting = []
    this.#isSending = true
    this.#sentAt = performance.now()
    try {
      await Promise.all(deltas.map((delta) => this.#options.ledger.delta(delta)))
    } catch {
      // Live messages are a courtesy: the answer itself is kept.
    }
    this.#isSending = false
    if (this.#isOver && this.#waiting.length > 0) await this.#send()
    else this.#sendInTime()
  }
}
