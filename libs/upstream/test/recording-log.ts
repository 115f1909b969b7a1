import type { Log } from '../src/index.ts'

/** A log that keeps its lines, and that a test can wait on. */
export class RecordingLog implements Log {
  readonly lines: string[] = []
  readonly #waiting = new Set<() => void>()

  debug(facts: object, message: string): void {
    this.#add('debug', facts, message)
  }
  info(facts: object, message: string): void {
    this.#add('info', facts, message)
  }
  warn(facts: object, message: string): void {
    this.#add('warn', facts, message)
  }

  /** The first line with this text in it, once there is one. */
  async line(text: string): Promise<string> {
    for (;;) {
      const found = this.lines.find((line) => line.includes(text))
      if (found !== undefined) return found
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  #add(level: string, facts: object, message: string): void {
    this.lines.push(`${level} ${JSON.stringify(facts)} ${message}`)
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }
}
