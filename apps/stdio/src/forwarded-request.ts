import { isRequestId, type RpcRequest, toError } from '@longhaul/protocol'
import { UnreachableError } from './endpoint.ts'
import { isStream, messagesOf, type WireMessage } from './http.ts'
import type { Parts } from './parts.ts'
import { toErrorBody } from './to-error-body.ts'

/** How a request of an era goes to the installation. */
export interface Course {
  /**
   * Sends it, or goes on after an event of its stream.
   * @returns undefined where that came to nothing and is worth another attempt
   * @throws UnreachableError, RpcError
   */
  send(resumeAfter: string | undefined, signal: AbortSignal): Promise<Response | undefined>
  /** Looks at the answer first. @returns whether the request has to be sent again */
  review(answer: WireMessage): Promise<boolean>
  /** The client has cancelled the request, and will read nothing more of it. */
  readonly cancel: {
    /** Tells the installation, where letting go of the stream does not. */
    readonly tell?: () => Promise<void>
    /** What there is to do about an answer that came all the same. */
    readonly late?: (answer: WireMessage) => Promise<void>
  }
}

/**
 * A request of the client, until it is answered or cancelled, whatever becomes of connections and coordinators meanwhile.
 * What may have arrived is sent again only under a name by which it is known then.
 */
export class ForwardedRequest {
  readonly #parts: Parts
  readonly #request: RpcRequest
  readonly #course: Course
  readonly #abort = new AbortController()
  #resumeAfter: string | undefined
  #isCancelled = false
  /** Whether a response has begun, and is a stream. */
  #isHeld = false
  #mayHaveArrived = false

  constructor(parts: Parts, request: RpcRequest, course: Course) {
    this.#parts = parts
    this.#request = request
    this.#course = course
  }

  /** Resolves when there is nothing more to say. */
  async run(): Promise<void> {
    const { signal } = this.#abort
    try {
      await this.#parts.outage.persist((heard) => this.#attempt(heard), { signal })
    } catch (error) {
      await this.#say(toError(this.#request.id, toErrorBody(error)))
    }
  }

  async cancel(): Promise<void> {
    const { tell } = this.#course.cancel
    // The installation is told once, however often the client says so.
    if (this.#isCancelled) return
    this.#isCancelled = true
    if (tell) await tell()
    else if (this.#isHeld) this.close()
  }

  /** Lets go of it. */
  close(): void {
    this.#abort.abort()
  }

  async #attempt(heard: () => void): Promise<boolean> {
    // What has never arrived does not have to be called off.
    if (this.#isCancelled && !this.#mayHaveArrived) return true
    try {
      const response = await this.#course.send(this.#resumeAfter, this.#abort.signal)
      if (!response) return false
      return await this.#take(response, heard)
    } catch (error) {
      if (error instanceof UnreachableError) this.#mayHaveArrived ||= error.mayHaveArrived
      throw error
    } finally {
      this.#isHeld = false
    }
  }

  async #take(response: Response, heard: () => void): Promise<boolean> {
    this.#mayHaveArrived = true
    this.#isHeld = isStream(response)
    // It was cancelled on the way there.
    if (this.#isCancelled && this.#isHeld && !this.#course.cancel.tell) {
      this.close()
      return true
    }
    for await (const { message, eventId } of messagesOf(response)) {
      heard()
      if (eventId !== undefined) this.#resumeAfter = eventId
      if (!message) continue
      if (message.method !== undefined) await this.#say(message)
      else return !(await this.#answer(message))
    }
    // One that was cancelled is not answered.
    return this.#isCancelled
  }

  /** @returns whether the request has to be sent again */
  async #answer(answer: WireMessage): Promise<boolean> {
    if (this.#isCancelled) await this.#course.cancel.late?.(answer)
    else if (await this.#course.review(answer)) return true
    // What was turned away before it was read is answered without an id.
    await this.#say(isRequestId(answer.id) ? answer : { ...answer, id: this.#request.id })
    return false
  }

  async #say(message: object): Promise<void> {
    if (!this.#isCancelled) await this.#parts.output.write(message)
  }
}
