import type { RpcNotification, RpcRequest, RpcResponse } from '@longhaul/protocol'
import { randomId } from '@longhaul/task'
import type { MessageStream } from '../../message-stream.ts'
import type { Held } from './held.ts'
import { type ResumePoint, toEventId } from './resume-point.ts'

/** What a client that goes on has of the task by now. */
export type HadByNow = Pick<ResumePoint, 'shown' | 'seq'>

/** The stream of a held request: each message has an id from which any coordinator can go on. */
export class ResumableStream {
  readonly id = randomId(9)
  readonly #held: Held
  readonly #stream: MessageStream
  readonly #hadByNow: () => HadByNow
  #events = 0

  constructor(held: Held, stream: MessageStream, hadByNow: () => HadByNow) {
    this.#held = held
    this.#stream = stream
    this.#hadByNow = hadByNow
  }

  get isOpen(): boolean {
    return this.#stream.isOpen
  }

  /** Whether it broke off before it was ended here. */
  get isLeft(): boolean {
    return this.#stream.isLeft
  }

  get closed(): Promise<void> {
    return this.#stream.closed
  }

  /** `maxMs`: a client that can resume does not need a connection of its own all the time (R12); 0 is no limit. */
  open(maxMs: number): void {
    this.#stream.open()
    if (!this.#held.viewer.features.priming) return
    this.#stream.prime(this.#nextId())
    if (maxMs > 0) this.#endAfter(maxMs)
  }

  send(message: RpcRequest | RpcNotification | RpcResponse): void {
    this.#stream.send(message, this.#nextId())
  }

  end(): void {
    this.#stream.end()
  }

  #endAfter(ms: number): void {
    const timer = setTimeout(() => this.#stream.end(), ms)
    void this.#stream.closed.then(() => clearTimeout(timer))
  }

  #nextId(): string {
    const { taskId, requestId, isRelated } = this.#held
    this.#events++
    return toEventId({ stream: this.id, event: this.#events, taskId, requestId, isRelated, ...this.#hadByNow() })
  }
}
