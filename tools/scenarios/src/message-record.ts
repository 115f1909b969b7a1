import type { WireMessage } from './message.ts'
import { type CheckMessage, createCheckMessage, type Dialect } from './message-schema.ts'

/** What all clients of a run were sent: how many messages of each type, and everything that was wrong with them. */
export class MessageRecord {
  readonly #check: CheckMessage
  readonly #revision: string
  readonly #counts: Map<string, number>
  readonly #problems: string[] = []

  constructor(dialect: Dialect) {
    this.#check = createCheckMessage(dialect)
    this.#revision = dialect.revision
    this.#counts = new Map(dialect.types.map((type) => [type, 0]))
  }

  /** `asked`: what the request of a response asked. */
  count(message: WireMessage, asked: string | undefined): void {
    const { type, faults } = this.#check(message, asked)
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
    return [`Messages of the server, checked against the schema of ${this.#revision}:`, ...lines].join('\n')
  }
}
