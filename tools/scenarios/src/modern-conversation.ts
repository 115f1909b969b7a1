import { isDeepStrictEqual } from 'node:util'
import { isResponse, type WireMessage } from './message.ts'
import type { MessageRecord } from './message-record.ts'
import { ModernExchange } from './modern-exchange.ts'
import type { Exchange, Listener, Sent } from './recording-fetch.ts'

/**
 * All that one client of 2026-07-28 sent and was sent. Each request stands for itself, so most rules are those of one
 * exchange; across them only the questions of a task have to agree.
 */
export class ModernConversation implements Listener {
  readonly #record: MessageRecord
  /** Questions by task and key. */
  readonly #asked = new Map<string, unknown>()

  constructor(record: MessageRecord) {
    this.#record = record
  }

  complain(problem: string): void {
    this.#record.complain(problem)
  }

  sent({ messages: [message] }: Sent): Exchange {
    const note = (received: WireMessage, asked: string | undefined) => {
      this.#record.count(received, asked)
      this.#checkKeys(Object(isResponse(received) ? received.result : received.params))
    }
    return new ModernExchange(message, { note, complain: (problem) => this.complain(problem) })
  }

  /** A key is never given to another question in the life of a task (U25). */
  #checkKeys({ taskId, inputRequests }: { readonly taskId?: string; readonly inputRequests?: object }): void {
    if (taskId === undefined) return
    for (const [key, question] of Object.entries(inputRequests ?? {})) {
      const name = `${taskId} ${key}`
      if (this.#asked.has(name) && !isDeepStrictEqual(this.#asked.get(name), question)) {
        this.complain(`The key of a question is given to another (U25): ${name}`)
      }
      this.#asked.set(name, question)
    }
  }
}
