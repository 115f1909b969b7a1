import { modern, type RpcRequest, toError, toResult } from '@longhaul/protocol'
import type { Want } from './endpoint.ts'
import { messagesOf, type WireMessage } from './http.ts'
import type { Parts } from './parts.ts'
import { toErrorBody } from './to-error-body.ts'

const ACKNOWLEDGED = 'notifications/subscriptions/acknowledged'
const LISTS = ['tools', 'prompts', 'resources'] as const

/**
 * subscriptions/listen: a request that lasts until it is cancelled, or this process ends. Coordinators may come and go
 * meanwhile: the client is told once what of it is honoured, and after a gap which lists may have changed in it; its
 * tasks are told by every coordinator as they are.
 */
export class Subscription {
  readonly #parts: Parts
  readonly #request: RpcRequest
  readonly #abort = new AbortController()
  #isAcknowledged = false

  constructor(parts: Parts, request: RpcRequest) {
    this.#parts = parts
    this.#request = request
  }

  async run(): Promise<void> {
    const { signal } = this.#abort
    const { outage, output } = this.#parts
    const { id } = this.#request
    const attempt = async (heard: () => void) => {
      const headers = modern.toRequestHeaders(this.#request)
      const body = JSON.stringify(this.#request)
      const response = await this.#parts.http.send({ method: 'POST', headers, body, signal, want: this.#want })
      for await (const { message } of messagesOf(response)) {
        heard()
        if (message?.error) {
          await this.#say({ ...message, id })
          return true
        }
        // With its result the coordinator ends, and not the subscription.
        if (message?.method !== undefined) await this.#tell(message)
      }
      return false
    }
    try {
      // Once it is honoured, it lasts.
      await outage.persist(attempt, { signal, isPatient: () => this.#isAcknowledged })
    } catch (error) {
      await output.write(toError(id, toErrorBody(error)))
    }
  }

  /** The first time somebody is waiting for it. */
  get #want(): Want {
    return this.#isAcknowledged ? 'news' : 'work'
  }

  async cancel(): Promise<void> {
    this.#abort.abort()
  }

  /** This process ends: so does the subscription, in order (R29). */
  close(): void {
    const { id } = this.#request
    if (this.#isAcknowledged) void this.#say(toResult(id, modern.toListenResult(id)))
    this.#abort.abort()
  }

  async #tell(message: WireMessage): Promise<void> {
    if (message.method !== ACKNOWLEDGED || !this.#isAcknowledged) await this.#say(message)
    else await this.#tellChanges(Object(message.params?.notifications))
    this.#isAcknowledged ||= message.method === ACKNOWLEDGED
  }

  async #tellChanges(honoured: Readonly<Record<string, unknown>>): Promise<void> {
    for (const list of LISTS) {
      if (honoured[`${list}ListChanged`]) await this.#say(modern.toListChanged(this.#request.id, list))
    }
  }

  async #say(message: object): Promise<void> {
    if (!this.#abort.signal.aborted) await this.#parts.output.write(message)
  }
}
