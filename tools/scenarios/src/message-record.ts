import type { WireMessage } from './message.ts'
import { type CheckMessage, createCheckMessage, MESSAGE_TYPES } from './message-schema.ts'

/** What all clients of a run were sent: how many messages of each type, and everything that was wrong with them. */
export class MessageRecord {
  readonly #check: CheckMessage = createCheckMessage()
  readonly #counts = new Map<string, number>(MESSAGE_TYPES.map((type) => [type, 0]))
  readonly #problems: string[] = []

  count(message: WireMessage, answers: string | undefined): void {
    const { type, faults } = this.#check(message, answers)
    this.#counts.set(type, (this.#counts.get(type) ?? 0) + 1)
    for (const fault of faults) this.complain(`${fault}: ${JSON.stringify(message)}`)
  }

  complain(problem: string): void {
    this.#problems.push(problem)
  }

  get problems(): readonly string[] {
    return this.#problems
  }

  /** Types of which no message came. */
  get missing(): readonly string[] {
    return [...this.#counts].filter(([, count]) => count === 0).map(([type]) => type)
  }

  /** One line for each type, for people. */
  get report(): string {
    const lines = [...this.#counts].map(([type, count]) => `${String(count).padStart(6)}  ${type}`)
    return ['Messages of the server, checked against the schema of 2025-11-25:', ...lines].join('\n')
  }
}
